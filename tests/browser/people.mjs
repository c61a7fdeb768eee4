// Steps that many flows begin with.

import { randomInt } from 'node:crypto';

import { code } from './town.mjs';

/** An e-mail address that nobody had before: so a flow can be run again on the same town. */
export const newAddress = (name) => `${name}-${randomInt(1e9)}@example.org`;

/** A telephone number that nobody had before. */
export const newNumber = () => `+337${randomInt(1e8, 1e9 - 1)}`.slice(0, 12);

/** Enters the code that was just sent to somebody, whatever it was asked for. */
export async function enterCode(visitor, reach) {
    await visitor.fill({ 'people-code': await code(reach) });
    await visitor.press('people-go-on');
}

/** Signs in at a portal by a code, and ends on its first page; or where somebody new is asked who they are. */
export async function signIn(visitor, origin, reach) {
    await visitor.go(`${origin}/sign-in`);
    await visitor.fill({ 'people-reach': reach });
    await visitor.press('people-send-code');
    await enterCode(visitor, reach);
}

/** Keeps the card of the simulated bank that approves everything. */
export async function keepTestCard(visitor, town) {
    await visitor.go(`${town.consumer}/means`);
    await visitor.fill({ 'consumer-test-card-approves': true });
    await visitor.press('consumer-means-card-keep');
}

/** Opens a consumer's account for whoever is reached there, and ends on their first page. */
export async function becomeConsumer(visitor, town, reach, name) {
    await visitor.go(`${town.consumer}/sign-up`);
    await visitor.fill({ 'people-reach': reach });
    await visitor.press('people-send-code');
    await enterCode(visitor, reach);
    await visitor.fill({ 'people-name': name, 'people-terms-consumer': true });
    await visitor.press('people-open-account');
}

/** Makes a passkey for whoever is signed in, and returns the authenticator that keeps it. */
export async function addPasskey(visitor, origin, name) {
    const authenticator = await visitor.authenticator();
    await visitor.go(`${origin}/keys`);
    await visitor.fill({ 'people-key-name': name });
    await visitor.press('people-add-passkey');
    await visitor.says('people-key-added', name);
    return authenticator;
}
