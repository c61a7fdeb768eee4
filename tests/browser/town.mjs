// Where the portals are, and what else a flow has to know about the town they stand in.
//
// By default this is the town that `./x demo` serves. Start at `town`.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const { env } = process;

export const town = {
    consumer: env.METEORE_CONSUMER ?? 'https://localhost:8444',
    merchant: env.METEORE_MERCHANT ?? 'https://localhost:8445',
    operator: env.METEORE_OPERATOR ?? 'https://localhost:8446',
    mobility: env.METEORE_MOBILITY ?? 'http://127.0.0.1:8447',
    door: env.METEORE_DOOR ?? 'https://localhost:8443',
    folder: env.METEORE_TOWN ? resolve(env.METEORE_TOWN) : demo(),
    /** Where screenshots and what a failed flow leaves behind go. */
    screenshots: env.METEORE_SCREENSHOTS ? resolve(repository, env.METEORE_SCREENSHOTS) : undefined,
    /** Where it is written down which pages were looked at. */
    checked: env.METEORE_CHECKED,
    remains: env.METEORE_BROWSER_REMAINS ?? join(repository, 'target/browser'),
    /** What a test has prepared for its flow: offers, names, numbers. */
    prepared: JSON.parse(env.METEORE_PREPARED ?? '{}'),
};

/** A file in the folder of the installation. */
export const file = (...path) => join(town.folder, ...path);

/** The root of the town's PKI. */
export const root = () => file('pki', 'root.pem');

/** The certificate and key of somebody whose files lie in the folder `people`. */
export const person = (name) => ({ certPath: file('people', `${name}.pem`), keyPath: file('people', `${name}.key`) });

/** Types a command of the server, as whoever runs the installation does, and returns what it prints. */
export function command(...words) {
    const [program, config] = [env.METEORE_BIN ?? join(repository, 'target/debug/meteore'), env.METEORE_CONFIG ?? file('meteore.toml')];
    return execFileSync(program, [...words, '--config', config], { encoding: 'utf8' });
}

/** Waits for something that a function finds, and returns it. */
export async function eventually(what, find, limit_ms = 15_000) {
    const end = Date.now() + limit_ms;
    for (;;) {
        const found = await find();
        if (found) return found;
        if (Date.now() > end) throw new Error(`no ${what} in ${limit_ms} ms`);
        await new Promise((done) => setTimeout(done, 50));
    }
}

/** Has the test that has started this do what nobody can do in front of a browser: `an-hour-passes`, … (`stage.rs`). */
export async function wish(what) {
    const wished = file(`wish-${what}`);
    writeFileSync(wished, '');
    await eventually(`end of ${what}`, () => !existsSync(wished));
}

// Every demo has a folder of its own, named after its time: the last one is the one that runs.
function demo() {
    const home = join(repository, '.meteore');
    const last = existsSync(home) ? readdirSync(home).sort().at(-1) : undefined;
    return last ? join(home, last) : home;
}

/** The files in a folder of the installation: name and text, ordered by name. */
function texts(folder) {
    if (!existsSync(file(folder))) return [];
    const names = readdirSync(file(folder)).filter((name) => /\.(txt|eml)$/.test(name)).sort();
    return names.map((name) => ({ name, text: readFileSync(file(folder, name), 'utf8') }));
}

const read = new Set();

/**
 * The code that was sent to an address or number, each once: from the folder of texts or, for e-mail addresses where letters
 * go into a folder, from there.
 */
export async function code(reach) {
    const sent = () => [...texts('codes'), ...texts('letters')]
        .find(({ name, text }) => !read.has(name + text) && (name === `${reach}.txt` || text.includes(`\nTo: ${reach}\r\n`)));
    const { name, text } = await eventually(`code for ${reach}`, sent);
    read.add(name + text);
    // In a letter it follows the head of the part in plain text.
    return text.slice(Math.max(0, text.indexOf('quoted-printable'))).match(/\b\d{6}\b/)[0];
}
