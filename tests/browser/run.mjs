// Runs flows: `node run.mjs [FLOW…]`, the names of files in `flows` without their ending; without names, all that are
// about the portals.
//
// Start at README.md for the environment in which it runs.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { finish } from './flow.mjs';
import { root } from './town.mjs';

const OF_THE_HARNESS = ['harness', 'failing'];

// Node itself, too, has to trust the town: it is Node that shows certificates of clients. It reads this when it starts.
if (process.env.NODE_EXTRA_CA_CERTS) await flows(process.argv.slice(2));
else again();

async function flows(chosen) {
    const folder = new URL('flows/', import.meta.url);
    const all = readdirSync(folder).filter((name) => name.endsWith('.mjs')).map((name) => name.slice(0, -4));
    for (const name of chosen.length > 0 ? chosen : all.filter((name) => !OF_THE_HARNESS.includes(name))) {
        await import(new URL(`${name}.mjs`, folder));
    }
    after(finish);
}

function again() {
    const options = ['--test-reporter=spec', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: root() };
    const child = spawn(process.execPath, options, { env, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code) => process.exit(code ?? 1));
}
