// What the portals say, by the names of their messages: so a flow is the same in every language, and a better word for
// something breaks none of them.

import { readFileSync, readdirSync } from 'node:fs';

import { FluentBundle, FluentResource } from './peers.mjs';

const folder = new URL('../../backoffice/locales/', import.meta.url);
const bundles = new Map();

/**
 * The message of this name in a language, `en` or `fr`; text that names no message is itself. What a message puts in the
 * language's own way (amounts, days) is given as it is shown.
 */
export function say(language, text, values = {}) {
    if (text.startsWith(MOBILITY)) return sayAtMobility(language, text);
    const message = bundle(language).getMessage(text);
    if (!message?.value) {
        if (NAME.test(text)) throw new Error(`there is no message ${text} in ${language}`);
        return text;
    }
    const errors = [];
    const said = bundle(language).formatPattern(message.value, values, errors);
    if (errors.length > 0) throw errors[0];
    return said;
}

// The names of the portals' messages begin with that of their room.
const NAME = /^(frame|people|consumer|checkout|merchant|operator)(-[a-z0-9]+)+$/;

// The mobility portal is no part of the portals: its sentences are pairs in its own source, `buy_ticket` for
// `mobility-buy-ticket`.
const MOBILITY = 'mobility-';
const PAIR = /^    (\w+): "([^"]*)", "([^"]*)";$/gm;
let pairs;

function sayAtMobility(language, text) {
    const source = new URL('../../backoffice/mobility/src/words.rs', import.meta.url);
    pairs ??= new Map([...readFileSync(source, 'utf8').matchAll(PAIR)].map(([, name, en, fr]) => [name, { en, fr }]));
    const pair = pairs.get(text.slice(MOBILITY.length).replaceAll('-', '_'));
    if (!pair) throw new Error(`there is no sentence ${text}`);
    return pair[language];
}

function bundle(language) {
    if (!bundles.has(language)) {
        const made = new FluentBundle(language, { useIsolating: false });
        for (const file of readdirSync(new URL(`${language}/`, folder))) {
            const text = readFileSync(new URL(`${language}/${file}`, folder), 'utf8');
            made.addResource(new FluentResource(text));
        }
        bundles.set(language, made);
    }
    return bundles.get(language);
}
