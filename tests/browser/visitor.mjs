// Somebody in front of a browser: a context of their own, with a language, a theme, and perhaps a certificate.

import { strict as assert } from 'node:assert';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Authenticator } from './authenticator.mjs';
import { MAX_PAGE_BYTES, violations, violationsWithoutScript } from './checks.mjs';
import { eventually, person, town } from './town.mjs';
import { Watch } from './watch.mjs';
import { say } from './words.mjs';

const PORTALS = ['consumer', 'merchant', 'operator'];
const THEMES = ['light', 'dark'];
const LOCALES = { en: 'en-GB', fr: 'fr-FR' };
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };

export class Visitor {
    /** What they have done so far: fields filled in; buttons, links and addresses. */
    acts = { filled: 0, pressed: 0 };
    /** What addresses were answered with last: the method, and the status. */
    #answers = new Map();

    /**
     * `language` en or fr · `theme` light or dark · `script` whether pages may run it · `phone` a small window ·
     * `certificate` whose certificate the operator's portal is shown · `allow` faults to expect, as regular expressions ·
     * `cookies` of a browser that was here before.
     */
    static async arrive(browser, as) {
        const { language = 'en', theme = 'light', script = true, phone = false, certificate, allow = [], cookies = [] } = as;
        const context = await browser.newContext({
            locale: LOCALES[language],
            timezoneId: 'Europe/Paris',
            colorScheme: theme,
            javaScriptEnabled: script,
            viewport: phone ? PHONE : DESK,
            clientCertificates: certificate && [{ origin: town.operator, ...person(certificate) }],
        });
        context.setDefaultTimeout(15_000);
        await context.addCookies(cookies);
        const visitor = new Visitor();
        visitor.language = language;
        visitor.certificate = certificate;
        visitor.violations = script ? violations : violationsWithoutScript;
        visitor.context = context;
        visitor.page = await context.newPage();
        visitor.watch = await Watch.over(visitor.page, allow);
        visitor.page.on('response', (response) => {
            const request = response.request();
            if (request.isNavigationRequest()) visitor.#answers.set(response.url(), [request.method(), response.status()]);
        });
        return visitor;
    }

    /** Opens an address and returns its HTTP status. */
    async go(address) {
        this.acts.pressed += 1;
        return (await this.page.goto(address)).status();
    }

    /** Fails unless the connection is refused: in the handshake, or right after it as TLS 1.3 has it. */
    async isTurnedAway(address) {
        await assert.rejects(this.go(address), /net::ERR_(?!CERT|CONNECTION_REFUSED)/, `${address} lets everybody in`);
    }

    /** What this browser is known by, for a visitor who comes back with it. */
    cookies() {
        return this.context.cookies();
    }

    /** Words in this visitor's language: of a message by its name, or as they are. */
    say(words, values) {
        return say(this.language, words, values);
    }

    /** Fills in fields by their labels: a text, `true` or `false` for a tick, or what a choice shows. */
    async fill(values) {
        for (const [label, value] of Object.entries(values)) {
            this.acts.filled += 1;
            const field = this.field(label);
            if (typeof value === 'boolean') await field.setChecked(value);
            else if ((await field.evaluate((element) => element.tagName)) === 'SELECT') {
                await field.selectOption({ label: this.say(value) });
            } else await field.fill(value);
        }
    }

    /** A field by its label, whether that says that it is optional or not. */
    field(label) {
        const optional = `${this.say(label)} (${this.say('frame-optional')})`;
        const labelled = (words) => this.page.getByLabel(words, { exact: true });
        return labelled(this.say(label)).or(labelled(optional));
    }

    /** Presses a button by its words, and waits for the page that it leads to. */
    async press(words, values) {
        const name = this.say(words, values);
        await this.leadsOn(() => this.page.getByRole('button', { name, exact: true }).click());
    }

    /** Follows a link by its words; the first, where several say the same. */
    async follow(words, values) {
        const name = this.say(words, values);
        await this.leadsOn(() => this.page.getByRole('link', { name, exact: true }).first().click());
    }

    /** Does something that brings up another page, and waits until that is there. */
    async leadsOn(act) {
        this.acts.pressed += 1;
        const shown = this.page.waitForEvent('load');
        // Whatever comes of the act is said by the act.
        shown.catch(() => {});
        await act();
        await shown;
    }

    /** The heading of the page. */
    heading() {
        return this.page.getByRole('heading', { level: 1 }).innerText();
    }

    /** The HTTP status of the page that is shown. */
    status() {
        return this.#answer()?.[1];
    }

    /** The text of the page, without what stands around it on every page. */
    text() {
        return this.page.getByRole('main').innerText();
    }

    /** Fails unless the page says all of these: texts, messages by name, or regular expressions. */
    async says(...expected) {
        const text = await this.text();
        for (const each of expected) {
            const said = each instanceof RegExp ? each.test(text) : text.includes(this.say(each));
            assert.ok(said, `${this.page.url()} does not say ${each}:\n${text}`);
        }
    }

    /** Opens an address again and again until its page says all of these: what is shown there is worked out meanwhile. */
    async until(address, ...expected) {
        await eventually(`${expected} at ${address}`, async () => {
            await this.go(address);
            const text = await this.text();
            return expected.every((each) => (each instanceof RegExp ? each.test(text) : text.includes(this.say(each))));
        });
    }

    /** A text that is shown to be copied, by what it is. */
    copy(label) {
        return this.page.getByRole('group', { name: this.say(label), exact: true }).innerText();
    }

    /** Follows a link to a file and returns its name and text. */
    async download(words) {
        const link = this.page.getByRole('link', { name: this.say(words), exact: true });
        const [file] = await Promise.all([this.page.waitForEvent('download'), link.click()]);
        return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
    }

    /** Keeps a page that looks again by itself as it is while something is done with it. */
    async standingStill(act) {
        const here = this.page.url();
        // No answer is no other page.
        await this.page.route(here, (route) => route.fulfill({ status: 204 }));
        try {
            await act();
        } finally {
            await this.page.unroute(here);
        }
    }

    /** A new authenticator in this visitor's machine. */
    authenticator() {
        return Authenticator.attach(this.page);
    }

    /**
     * What every page has to keep: at most 60 KB, nothing that sticks out to the right, nothing that axe-core objects to
     * in either theme. With a name it is also photographed in both, where METEORE_SCREENSHOTS says so.
     */
    async pageIsSound(name) {
        const address = this.page.url();
        const size = await this.watch.size();
        assert.ok(size > 0 && size <= MAX_PAGE_BYTES, `${address}: ${size} bytes transferred`);
        // WCAG 2.2, 1.4.10: nobody scrolls in two directions.
        const over = await this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(over <= 0, `${address}: ${over} pixels stick out`);
        for (const theme of THEMES) {
            await this.page.emulateMedia({ colorScheme: theme });
            const found = await this.violations(this.page);
            assert.equal(found.length, 0, `${address}, ${theme}:\n${found.join('\n')}`);
            this.#checked(theme);
            if (name && town.screenshots) {
                await this.page.screenshot({ path: join(town.screenshots, `${name}-${theme}.png`) });
            }
        }
        // Back to the context's own theme.
        await this.page.emulateMedia({ colorScheme: null });
    }

    /** Writes down that the page that is shown was looked at in a theme: a test holds it against what the portals answer. */
    #checked(theme) {
        const { origin, pathname } = new URL(this.page.url());
        const portal = PORTALS.find((name) => origin === town[name]);
        const answer = this.#answer();
        if (!town.checked || !portal || !answer) return;
        appendFileSync(town.checked, `${[portal, answer[0], pathname, answer[1], theme].join('\t')}\n`);
    }

    /** By which method the page that is shown was asked for, and the status that it came with. */
    #answer() {
        return this.#answers.get(this.page.url().split('#')[0]);
    }

    async leave() {
        await this.context.close();
    }
}
