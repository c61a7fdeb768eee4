// What is asked of every page, whatever it is about.

import { axe } from './peers.mjs';

/** What a page may weigh on the wire, with everything it loads and nothing cached (issue of the portals: 60 KB). */
export const MAX_PAGE_BYTES = 60_000;

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const sessions = new WeakMap();

// One for each page, and it stays: with the end of any of its sessions a page loses its authenticators.
async function sessionOf(page) {
    if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
    return sessions.get(page);
}

/** What axe-core objects to in the page as it is now: one line for each place. */
export async function violations(page) {
    return violationsBy(await sessionOf(page), page.url());
}

/** The same for a page without script, whose timers stand still: script is allowed while axe-core looks at it. */
export async function violationsWithoutScript(page) {
    const session = await sessionOf(page);
    const forbid = (value) => session.send('Emulation.setScriptExecutionDisabled', { value });
    // Only a change counts.
    await forbid(true);
    await forbid(false);
    try {
        return await violationsBy(session, page.url());
    } finally {
        await forbid(true);
    }
}

async function violationsBy(session, address) {
    const { violations: found, passes } = await run(session);
    if (passes.length === 0) throw new Error(`axe-core has checked nothing on ${address}`);
    return found.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary}`));
}

// In a world of its own: the page's policy forbids foreign script, and its own script must not be disturbed.
async function run(session) {
    const { frameTree } = await session.send('Page.getFrameTree');
    const world = { frameId: frameTree.frame.id, worldName: 'axe' };
    const { executionContextId } = await session.send('Page.createIsolatedWorld', world);
    const evaluate = async (expression) => {
        const options = { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await session.send('Runtime.evaluate', options);
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    };
    await evaluate(`${axe}; undefined`);
    return evaluate(`axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`);
}
