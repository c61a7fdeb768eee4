// What one visitor cannot do to another: routes by role, other people's things, forged requests, text that wants to be
// markup.

import { strict as assert } from 'node:assert';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { addPasskey, becomeConsumer, newAddress } from '../people.mjs';
import { town } from '../town.mjs';

const { routes } = town.prepared;
const MARKUP = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}';

/** Asks for a route, with nothing in the places of its braces. */
function reach(visitor, { method, path }, given = {}) {
    const filled = path.replaceAll(/\{\w+\}/g, 'nothing');
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

/** A page without what differs from request to request. */
const plain = (text, address) => text.replaceAll(address, 'HERE')
    .replaceAll(/(name="form_token" value=")[^"]*/g, '$1').replaceAll(/mention request [^<]*/g, '');

flow('other people’s things are answered like what nobody has', async ({ visitor }) => {
    const mallory = await visitor();
    await becomeConsumer(mallory, town, newAddress('mallory'), 'Mallory');
    const token = await mallory.page.locator('input[name=form_token]').first().inputValue();
    const own = { headers: { origin: town.consumer }, form: { form_token: token } };
    const guarded = closed.filter(({ theirs }) => theirs);
    assert.ok(guarded.length > 20, 'there are things');
    for (const { method, theirs, nobodys } of guarded) {
        const answers = [];
        for (const address of [theirs, nobodys]) {
            const { status, to, text } = await ask(mallory, method, town.consumer + address, method === 'POST' ? own : {});
            answers.push({ status, to, text: plain(text, address) });
        }
        assert.equal(answers[0].status, 404, `${method} ${theirs}`);
        assert.deepEqual(answers[0], answers[1], `${method} ${theirs} is told from what nobody has`);
        if (method === 'GET') assert.equal(await mallory.go(town.consumer + theirs), 404, theirs);
    }
    await mallory.says('people-not-found');
    await mallory.pageIsSound();
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
