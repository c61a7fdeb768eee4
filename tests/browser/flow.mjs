// A flow: a test with people in front of browsers.
//
// Every page that a flow opens is watched; a flow fails by what it finds wrong, and also by what went wrong behind its
// back. What a failed one leaves behind, pages as picture and text, lies under `target/browser`. Start at `flow`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { launch } from './chromium.mjs';
import { root, town } from './town.mjs';
import { Visitor } from './visitor.mjs';

const running = new Map();

// Who shows a certificate shows it through a proxy of playwright's, in which Node 18 falls over when a server ends a connection
// of HTTP/2.
const ONE_AT_A_TIME = ['--disable-http2'];

/** The browser of this run; another one for those with a certificate. */
function browser({ certificate }) {
    const options = certificate ? ONE_AT_A_TIME : [];
    const key = options.join();
    if (!running.has(key)) running.set(key, launch(root(), options));
    return running.get(key);
}

/** Closes the browsers when all flows are through. */
export async function finish() {
    for (const each of running.values()) await (await each).close();
}

/**
 * A flow by a name that is a sentence. `steps` is given a function that makes visitors; see `Visitor.arrive` for what
 * they can be.
 */
export function flow(name, steps) {
    test(name, { timeout: 120_000 }, async () => {
        const visitors = [];
        const visitor = async (as = {}) => {
            const arrived = await Visitor.arrive(await browser(as), as);
            visitors.push(arrived);
            return arrived;
        };
        try {
            await steps({ visitor, town });
            for (const each of visitors) each.watch.foundNothing();
        } catch (error) {
            await keep(name, visitors);
            throw error;
        } finally {
            for (const each of visitors) await each.leave();
        }
    });
}

async function keep(name, visitors) {
    const folder = join(town.remains, name.replace(/[^a-z0-9]+/gi, '-').slice(0, 80));
    mkdirSync(folder, { recursive: true });
    let count = 0;
    for (const page of visitors.flatMap((visitor) => visitor.context.pages())) {
        const stem = join(folder, String((count += 1)));
        // A page may be gone or hang: that must not hide why the flow has failed.
        await page.screenshot({ path: `${stem}.png`, fullPage: true, timeout: 5_000 }).catch(() => {});
        const text = await page.content().catch(String);
        writeFileSync(`${stem}.html`, `<!-- ${page.url()} -->\n${text}`);
    }
    const faults = visitors.flatMap((visitor) => visitor.watch.faults);
    if (count > 0) console.error(`what is left of the flow: ${folder}`, ...faults);
}
