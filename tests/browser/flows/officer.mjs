// An operator without a mouse, and at addresses where nothing is; after the flows of `operator`, on the same town.

import { strict as assert } from 'node:assert';

import { flow } from '../flow.mjs';
import { Keyboard } from '../keyboard.mjs';
import { town } from '../town.mjs';

const at = (path) => town.operator + path;

flow('a merchant is let in without a mouse, and the focus is always seen', async ({ visitor }) => {
    const olga = await visitor({ certificate: 'olga' });
    const keys = new Keyboard(olga);
    await olga.go(at('/'));
    await keys.press('operator-menu-merchants');
    await keys.press('operator-admit');
    await keys.write('operator-name', 'kiosk-by-keys');
    await keys.choose('operator-kind-merchant');
    await keys.press('operator-admit');
    await olga.says(olga.say('operator-invited', { name: 'kiosk-by-keys' }));
});

flow('where nothing is, a page says so', async ({ visitor }) => {
    const olga = await visitor({ certificate: 'olga' });
    for (const path of ['/nothing', '/parties/nobody', '/ledger/payments/99999']) {
        assert.equal(await olga.go(at(path)), 404, path);
        assert.equal(await olga.heading(), olga.say('people-not-found-title'));
    }
    await olga.pageIsSound();
});
