// What is done without a mouse, by somebody who has to see at each step where they are.

import { strict as assert } from 'node:assert';

/** So many stops are more than any page has. */
const STOPS = 60;

export class Keyboard {
    constructor(visitor) {
        this.visitor = visitor;
    }

    /** Goes on to the first thing that is called so: a link, a button, a field by its label. */
    async to(words) {
        for (let stop = 0; stop < STOPS; stop += 1) {
            await this.#press('Tab');
            if ((await this.focused()).startsWith(this.visitor.say(words))) return;
        }
        assert.fail(`${this.visitor.page.url()}: no key leads to ${words}`);
    }

    /** Goes to a field and writes in it. */
    async write(label, text) {
        await this.to(label);
        await this.visitor.page.keyboard.type(text);
    }

    /** Goes to a tick or a choice, and takes it. */
    async choose(label) {
        await this.to(label);
        await this.#press('Space');
        assert.equal(await this.visitor.page.evaluate('document.activeElement.checked'), true, label);
    }

    /** Goes to a link or a button, and presses it. */
    async press(words) {
        await this.to(words);
        await this.visitor.leadsOn(() => this.#press('Enter'));
    }

    /** What has the focus, by its name; fails if that is not seen. */
    async focused() {
        const { name, seen } = await this.visitor.page.evaluate(() => {
            const { activeElement: element } = document;
            const { outlineStyle, outlineWidth } = getComputedStyle(element);
            const name = element.labels?.[0]?.innerText || element.value || element.innerText || '';
            // Past the last thing on a page one is nowhere, before the first again.
            const seen = element === document.body || (outlineStyle !== 'none' && parseInt(outlineWidth, 10) >= 2);
            return { name: element === document.body ? '' : name.trim(), seen };
        });
        assert.ok(seen, `${this.visitor.page.url()}: the focus is not seen on ${name}`);
        return name;
    }

    #press(key) {
        return this.visitor.page.keyboard.press(key);
    }
}
