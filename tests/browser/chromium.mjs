// Debian's Chromium, headless, in a home of its own that trusts the town's root and nothing else of ours.
//
// No error of TLS is ignored: a server with a wrong certificate fails its flow. Start at `launch`.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { chromium } from './peers.mjs';

// The sandbox needs rights that a container lacks. QUIC, updates and the like would only knock at other machines.
const ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

/** A browser that trusts the root in this file, with more options of its command line. The caller closes it. */
export async function launch(rootFile, options = []) {
    const home = mkdtempSync(join(process.env.METEORE_BROWSER_SCRATCH ?? tmpdir(), 'browser-'));
    const remove = () => rmSync(home, { recursive: true, force: true });
    process.once('exit', remove);
    trust(home, rootFile);
    const browser = await chromium.launch({
        executablePath: program(),
        args: [...ARGUMENTS, ...options],
        env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache') },
    });
    browser.once('disconnected', remove);
    return browser;
}

// Chromium on Linux takes authorities of its user's from an NSS database in the home folder.
function trust(home, rootFile) {
    const database = join(home, '.pki', 'nssdb');
    mkdirSync(database, { recursive: true });
    const certutil = (...options) => execFileSync('certutil', ['-d', `sql:${database}`, ...options]);
    certutil('-N', '--empty-password');
    certutil('-A', '-n', 'town', '-t', 'C,,', '-i', rootFile);
}

function program() {
    for (const name of ['chromium', 'chromium-browser']) {
        for (const folder of (process.env.PATH ?? '').split(delimiter)) {
            if (folder && existsSync(join(folder, name))) return join(folder, name);
        }
    }
    throw new Error('there is no chromium on the path');
}
