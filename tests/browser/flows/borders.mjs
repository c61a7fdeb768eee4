// What one visitor cannot do to another: routes by role, other people's things, forged requests, text that wants to be
// markup.

import { strict as assert } from 'node:assert';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { addPasskey, becomeConsumer, newAddress } from '../people.mjs';
import { town } from '../town.mjs';

const { routes, offer } = town.prepared;
const MARKUP = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}';

/** Asks for a route, with things in the places of its braces. */
function reach(visitor, { method, path }, { things = {}, ...given } = {}) {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => things[name] ?? 'nothing');
    return ask(visitor, method, town.consumer + filled, method === 'POST' ? { form: {}, ...given } : given);
}

const named = ({ method, path }) => `${method} ${path}`;
const closed = routes.filter(({ open }) => !open);

flow('whoever is not signed in gets nowhere but to where one signs in', async ({ visitor }) => {
    const nobody = await visitor();
    assert.ok(closed.length > 20, 'there are routes');
    for (const route of closed) {
        const { status, to } = await reach(nobody, route, { headers: { origin: town.consumer } });
        const refused = route.method === 'GET' ? status === 303 && to.startsWith('/sign-in') : [303, 403].includes(status);
        assert.ok(refused, `${named(route)}: ${status} ${to}`);
    }
});

flow('what is not sent by our own form is not done', async ({ visitor }) => {
    const mallory = await visitor();
    await becomeConsumer(mallory, town, newAddress('mallory'), 'Mallory');
    const token = await mallory.page.locator('input[name=form_token]').first().inputValue();
    const posts = routes.filter(({ method }) => method === 'POST');
    assert.ok(posts.length > 10, 'there are forms');
    for (const route of posts) {
        const foreign = { origin: 'https://evil.example' };
        for (const given of [
            { headers: { origin: town.consumer }, form: {} },
            { headers: { origin: town.consumer }, form: { form_token: 'x'.repeat(token.length) } },
            { headers: foreign, form: { form_token: token } },
            { headers: { origin: 'null' }, form: { form_token: token } },
        ]) {
            const { status } = await reach(mallory, route, given);
            assert.equal(status, 403, `${named(route)} with ${JSON.stringify(given)}`);
        }
    }
    assert.equal(await mallory.go(`${town.consumer}/`), 200);
    await mallory.says('consumer-tile-balance');
});

flow('other people’s things do not exist', async ({ visitor }) => {
    const alice = await visitor();
    await becomeConsumer(alice, town, newAddress('alice'), 'Alice');
    await addPasskey(alice, town.consumer, 'Hers');
    await alice.go(`${town.consumer}/means`);
    await alice.fill({ 'consumer-test-card-approves': true });
    await alice.press('consumer-means-card-keep');
    await alice.go(`${town.consumer}/pay/${offer.digest}`);
    await alice.press('checkout-pay-passkey', { amount: '€1.80' });
    const order = new URL(alice.page.url()).pathname.split('/').at(-1);
    const hers = { order, id: order, offer: offer.digest, number: '1', coupon: order, campaign: 'x' };

    const mallory = await visitor();
    await becomeConsumer(mallory, town, newAddress('mallory'), 'Mallory');
    const token = await mallory.page.locator('input[name=form_token]').first().inputValue();
    const own = { headers: { origin: town.consumer }, form: { form_token: token } };
    for (const route of closed.filter(({ path }) => path.includes('{'))) {
        const given = route.method === 'POST' ? own : {};
        const theirs = await reach(mallory, route, { things: hers, ...given });
        const nobodys = await reach(mallory, route, { things: { order: '0190a0f0-0000-7000-8000-000000000000' }, ...given });
        assert.ok([404, 400, 303].includes(theirs.status), `${named(route)}: ${theirs.status}`);
        assert.ok(theirs.status !== 303 || theirs.to.startsWith('/confirm'), `${named(route)}: leads to ${theirs.to}`);
        assert.ok([theirs.status, 400, 404].includes(nobodys.status), `${named(route)}: tells that there is something`);
        assert.ok(!theirs.text.includes(offer.title) || route.path.startsWith('/pay/{offer}'), named(route));
    }
    assert.equal((await reach(alice, { method: 'GET', path: '/payments/{order}' }, { things: hers })).status, 200);
});

flow('text that wants to be markup is text', async ({ visitor }) => {
    const mallory = await visitor();
    mallory.page.on('dialog', () => mallory.watch.faults.push('a script of theirs ran'));
    await becomeConsumer(mallory, town, newAddress('mallory'), MARKUP.slice(0, 100));
    await addPasskey(mallory, town.consumer, MARKUP.slice(0, 40));
    await mallory.pageIsSound();
    for (const path of ['/', '/keys', '/privacy', `/payments?text=${encodeURIComponent(MARKUP)}`, `/sign-in?next=${encodeURIComponent(MARKUP)}`]) {
        await mallory.go(town.consumer + path);
        assert.equal(await mallory.page.locator('img[src=x], main script').count(), 0, path);
    }
});
