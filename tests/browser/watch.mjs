// What happens behind a page: errors of its script, violations of its policy, what it loads and from where.

import { strict as assert } from 'node:assert';

import { eventually } from './town.mjs';

// Said by the console about every answer of 400 and more; that is watched here for what a page loads, and the flow's
// own business for the page itself.
const ANSWER = /^Failed to load resource: the server responded with a status of/;

// The core takes ES256 only, which every authenticator in question knows.
const ALGORITHMS = /^publicKey.pubKeyCredParams is missing/;
const BAD = ['error', 'warning', 'assert'];
const BENIGN = [ANSWER, ALGORITHMS];

export class Watch {
    faults = [];
    #bytes = new Map();
    #loading = new Set();

    /** Watches a page from now on. Faults that match one of `allow` are expected. */
    static async over(page, allow) {
        const watch = new Watch();
        const fault = (text) => {
            if (!allow.some((expected) => expected.test(text))) watch.faults.push(`${page.url()}: ${text}`);
        };
        page.on('pageerror', (error) => fault(error.stack ?? String(error)));
        page.on('console', (message) => {
            const [type, text] = [message.type(), message.text()];
            if (BAD.includes(type) && !BENIGN.some((known) => known.test(text))) fault(`${type}: ${text}`);
        });
        page.on('response', (response) => {
            const request = response.request();
            if (response.status() >= 400 && !request.isNavigationRequest()) {
                fault(`${request.url()} was answered with ${response.status()}`);
            }
        });
        await watch.#weigh(page);
        return watch;
    }

    // Nothing is cached, so that every page is weighed as somebody new to the portal gets it.
    async #weigh(page) {
        const session = await page.context().newCDPSession(page);
        session.on('Network.requestWillBeSent', ({ type, requestId, loaderId, redirectResponse }) => {
            if (type === 'Document' && requestId === loaderId) {
                this.#bytes.clear();
                this.#loading.clear();
                if (redirectResponse) this.#bytes.set('redirect', redirectResponse.encodedDataLength);
            }
            this.#loading.add(requestId);
        });
        session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
            this.#bytes.set(requestId, encodedDataLength);
            this.#loading.delete(requestId);
        });
        session.on('Network.loadingFailed', ({ requestId }) => this.#loading.delete(requestId));
        await session.send('Network.enable');
        await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    }

    /** Bytes on the wire for the page that is shown, with everything it has loaded. */
    async size() {
        await eventually('end of loading', () => this.#loading.size === 0);
        return [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    }

    foundNothing() {
        assert.equal(this.faults.length, 0, this.faults.join('\n'));
    }
}
