// One request as somebody's browser would send it, but bent: another origin, another form, other people's ids.

import { readFileSync } from 'node:fs';
import { request } from 'node:https';

import { person, root } from './town.mjs';

/**
 * Sends a request with the cookies and the certificate of a visitor and follows nothing. `form` is sent as forms are. Returns the status, the
 * address that it leads to, the headers and the text.
 */
export async function ask(visitor, method, address, { headers = {}, form } = {}) {
    const cookies = (await visitor.context.cookies(address)).map(({ name, value }) => `${name}=${value}`).join('; ');
    const body = form && new URLSearchParams(form).toString();
    const sent = {
        ...(cookies && { cookie: cookies }),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
    };
    return new Promise((answered, failed) => {
        const shown = visitor.certificate && person(visitor.certificate);
        const own = shown && { cert: readFileSync(shown.certPath), key: readFileSync(shown.keyPath), agent: false };
        const options = { method, headers: sent, ca: readFileSync(root()), family: 4, ...own };
        const asked = request(address, options, (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (part) => (text += part));
            response.on('end', () => {
                const { statusCode: status, headers: { location: to = '' } } = response;
                answered({ status, to, headers: response.headers, text });
            });
            response.on('error', failed);
        });
        asked.on('error', failed);
        asked.end(body);
    });
}
