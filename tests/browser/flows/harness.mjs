// The harness itself: what a flow relies on works, and each check finds what it is there to find.

import { strict as assert } from 'node:assert';

import { violations } from '../checks.mjs';
import { flow } from '../flow.mjs';
import { person } from '../town.mjs';
import { Site } from '../site.mjs';

const FORM = `<form action="/greet"><label for="name">Name</label> <input id="name" name="name" autocomplete="name">
    <label for="tone">Tone</label> <select id="tone" name="tone"><option value="1">Warm</option><option value="2">Dry</option></select>
    <label for="loud">Aloud</label> <input id="loud" name="loud" type="checkbox">
    <button>Greet</button></form>`;
const ENROL = `addEventListener('submit', async (event) => {
    event.preventDefault();
    const bytes = new Uint8Array(32);
    const made = await navigator.credentials.create({ publicKey: {
        rp: { id: 'localhost', name: 'A site' }, user: { id: bytes, name: 'alice', displayName: 'Alice' },
        challenge: bytes, pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { userVerification: 'required', residentKey: 'required' },
    } }).catch((error) => ({ id: error.name }));
    document.querySelector('#made').value = made.id;
    event.target.submit();
});`;

/** A flow on a site with these pages: the main part of each by its path. */
function onSite(name, pages, steps, options = () => ({})) {
    flow(name, async (stage) => {
        const site = await Site.open(pages, options());
        try {
            await steps({ ...stage, site });
        } finally {
            await site.close();
        }
    });
}

onSite('a labelled form is filled in, sent and sound', { '/': FORM }, async ({ visitor, site }) => {
    const alice = await visitor();
    assert.equal(await alice.go(site.at('/')), 200);
    await alice.pageIsSound();
    await alice.fill({ Name: 'Alice', Tone: 'Dry', Aloud: true });
    await alice.press('Greet');
    assert.deepEqual(site.asked('/greet'), { name: 'Alice', tone: '2', loud: 'on' });
    await alice.says('Nothing here', /nothing/i);
    await assert.rejects(alice.says('Something'), /does not say Something/);
});

onSite('language, theme and script are the visitor’s', { '/': '' }, async ({ visitor, site }) => {
    const claire = await visitor({ language: 'fr', theme: 'dark' });
    await claire.go(site.at('/'));
    assert.match(site.headers('/')['accept-language'], /^fr-FR/);
    assert.equal(await claire.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches'), true);
    const tui = await visitor({ script: false });
    await tui.go(site.at('/'));
    await tui.pageIsSound();
    assert.equal(await tui.heading(), 'A page');
    assert.equal(await tui.page.getByTestId('script').innerText(), 'no');
    assert.equal(await claire.page.getByTestId('script').innerText(), 'yes');
});

const UNLABELLED = '<form><input name="name"><button>Greet</button></form>';
const PALE = '<p class="pale">Hard to read at night</p>';

onSite('what axe-core objects to is found, in either theme', { '/a': UNLABELLED, '/b': PALE }, async ({ visitor, site }) => {
    const alice = await visitor();
    await alice.go(site.at('/a'));
    assert.match((await violations(alice.page)).join(), /^label \(.*at input/);
    await assert.rejects(alice.pageIsSound(), /, light[^]*label \(/);
    await alice.go(site.at('/b'));
    assert.deepEqual(await violations(alice.page), []);
    await assert.rejects(alice.pageIsSound(), /, dark[^]*color-contrast/);
});

const HEAVY = `<p>${Array.from({ length: 12_000 }, (_, index) => `${index}`).join(' ')}</p>`;

onSite('a page that is too heavy is found, also the second time', { '/': HEAVY, '/light': '' }, async ({ visitor, site }) => {
    const alice = await visitor();
    for (let time = 0; time < 2; time += 1) {
        await alice.go(site.at('/'));
        await assert.rejects(alice.pageIsSound(), /[67]\d{4} bytes transferred/);
    }
    await alice.go(site.at('/light'));
    const size = await alice.watch.size();
    // Its style and script count, nothing of the page before; how long the headers are is the browser's and the server's affair.
    assert.ok(size > site.bytes('/look.js') && size < site.bytes('/') / 4, `${size} bytes`);
});

const WIDE = '<pre>' + 'wide '.repeat(200) + '</pre>';

onSite('what sticks out is found', { '/': WIDE }, async ({ visitor, site }) => {
    const alice = await visitor({ phone: true });
    await alice.go(site.at('/'));
    await assert.rejects(alice.pageIsSound(), /pixels stick out/);
});

onSite('words are those of the portals, in the visitor’s language', { '/': '<p>Facultatif, ou facultatif</p>' }, async ({ visitor, site }) => {
    const claire = await visitor({ language: 'fr' });
    await claire.go(site.at('/'));
    await claire.says('frame-optional');
    await assert.rejects(claire.says('frame-nonsense'), /no message frame-nonsense/);
    const alice = await visitor();
    await alice.go(site.at('/'));
    await assert.rejects(alice.says('frame-optional'), /does not say/);
});

const BAD = {
    '/policy': '<script>document.title = "stolen"</script>',
    '/style': '<p style="color: red">Red</p>',
    '/missing': '<img src="/nowhere.png" alt="">',
    '/error': '<button id="bad">Go</button>',
    '/': '',
};

onSite('what goes wrong behind a page is found', BAD, async ({ visitor, site }) => {
    const expected = {
        '/policy': /script-src/, '/style': /style-src/, '/missing': /nowhere.png was answered with 404/, '/error': /ReferenceError/,
    };
    for (const [path, fault] of Object.entries(expected)) {
        const alice = await visitor();
        await alice.go(site.at(path));
        if (path === '/error') await alice.page.getByRole('button').click();
        assert.throws(() => alice.watch.foundNothing(), fault, path);
        alice.watch.faults.splice(0);
        const bob = await visitor({ allow: [fault] });
        await bob.go(site.at(path));
        bob.watch.foundNothing();
    }
});

onSite('a page that is refused is no fault by itself', { '/': '' }, async ({ visitor, site }) => {
    const alice = await visitor();
    assert.equal(await alice.go(site.at('/gone')), 404);
    assert.equal(await alice.go(site.at('/')), 200);
});

const PASSKEY = '<form action="/enrolled"><input type="hidden" id="made" name="made"><button>Enrol</button></form>';

onSite('an authenticator makes a passkey for its owner only', { '/': PASSKEY, '/look.js': ENROL }, async ({ visitor, site }) => {
    const alice = await visitor();
    const authenticator = await alice.authenticator();
    await alice.go(site.at('/'));
    await authenticator.recognises(false);
    await alice.press('Enrol');
    assert.equal(site.asked('/enrolled').made, 'NotAllowedError');
    assert.deepEqual(await authenticator.passkeys(), []);
    await authenticator.recognises(true);
    await alice.go(site.at('/'));
    await alice.pageIsSound();
    await alice.press('Enrol');
    const [passkey, ...more] = await authenticator.passkeys();
    assert.deepEqual([passkey.rpId, more], ['localhost', []]);
    assert.equal(Buffer.from(passkey.credentialId, 'base64').toString('base64url'), site.asked('/enrolled').made);
    await authenticator.forget();
    await authenticator.takeOver(passkey);
    assert.equal((await authenticator.passkeys()).length, 1);
});

onSite('a site that shows a certificate of somebody else’s is not entered', { '/': '' }, async ({ visitor, site }) => {
    const alice = await visitor();
    await assert.rejects(alice.go(site.at('/')), /ERR_CERT_AUTHORITY_INVALID/);
}, () => ({ identity: person('stranger') }));

onSite('a site that wants a certificate is entered with one only', { '/': '' }, async ({ visitor, site, town }) => {
    town.operator = site.at('');
    const olga = await visitor({ certificate: 'olga' });
    assert.equal(await olga.go(site.at('/')), 200);
    assert.equal(site.client('/'), 'olga');
    const alice = await visitor();
    await alice.isTurnedAway(site.at('/'));
    await assert.rejects(olga.isTurnedAway(site.at('/')), /lets everybody in|Missing expected rejection/);
}, () => ({ clients: true }));
