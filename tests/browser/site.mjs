// A site of the harness's own on loopback, as strict and as careless as a test needs it.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import { file, root } from './town.mjs';

const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action";
const STYLE = `:root { color-scheme: light dark } .pale { color: #000 }
    @media (prefers-color-scheme: dark) { .pale { color: #222; background: #000 } }`;
const SCRIPT = `addEventListener('DOMContentLoaded', () => document.querySelector('[data-testid=script]').textContent = 'yes');
    addEventListener('click', (event) => { if (event.target.id === 'bad') nonsense(); });`;

export class Site {
    #requests = new Map();
    #sockets = new Set();

    /**
     * Serves pages, the main part of each by its path, with the door's certificate or another `identity`; `clients` says
     * whether they, too, have to show one, `forms` where its forms may lead.
     */
    static async open(pages, { identity, clients = false, forms = "'self'" } = {}) {
        const { certPath = file('pki', 'tls.pem'), keyPath = file('pki', 'tls.key') } = identity ?? {};
        const site = new Site();
        site.policy = `${POLICY} ${forms}`;
        site.pages = { '/look.js': SCRIPT, '/look.css': STYLE, ...pages };
        const issuing = readFileSync(file('pki', 'issuing.pem'));
        site.server = createServer({
            cert: [readFileSync(certPath), issuing].join('\n'),
            key: readFileSync(keyPath),
            ...(clients && { requestCert: true, rejectUnauthorized: true, ca: [readFileSync(root()), issuing] }),
        }, (request, response) => site.#answer(request, response));
        site.server.on('connection', (socket) => {
            site.#sockets.add(socket);
            socket.on('close', () => site.#sockets.delete(socket));
        });
        await new Promise((listening) => site.server.listen(0, '127.0.0.1', listening));
        return site;
    }

    /** The address of a path, at a host that leads here. */
    at(path, host = 'localhost') {
        return `https://${host}:${this.server.address().port}${path}`;
    }

    /** What the last request for a path has asked for. */
    asked(path) {
        return Object.fromEntries(this.#requests.get(path).query);
    }

    /** Its headers. */
    headers(path) {
        return this.#requests.get(path).headers;
    }

    /** Who has sent it, by the name in their certificate. */
    client(path) {
        return this.#requests.get(path).client;
    }

    /** How long an answer is. */
    bytes(path) {
        return this.pages[path].length;
    }

    /** Ends every connection, also one that the browser has opened to have it and that has said nothing yet: such a one keeps a
     * server from closing for two minutes. */
    async close() {
        const closed = new Promise((resolve) => this.server.close(resolve));
        for (const socket of this.#sockets) socket.destroy();
        await closed;
    }

    #answer(request, response) {
        const { pathname, searchParams: query } = new URL(request.url, 'https://localhost');
        const client = request.socket.getPeerCertificate?.()?.subject?.CN;
        this.#requests.set(pathname, { query, headers: request.headers, client });
        const found = this.pages[pathname];
        const type = { css: 'text/css', js: 'text/javascript' }[pathname.split('.')[1]];
        const missing = found === undefined && pathname !== '/greet' && pathname !== '/enrolled';
        response.writeHead(missing ? 404 : 200, {
            'content-type': `${type ?? 'text/html'}; charset=utf-8`,
            'content-security-policy': this.policy,
        });
        response.end(type ? found : page(found ?? '<p>Nothing here.</p>'));
    }
}

const page = (main) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/look.css">
<script src="/look.js"></script></head><body><main><h1>A page</h1><p>Script: <span data-testid="script">no</span></p>
${main}</main></body></html>`;
