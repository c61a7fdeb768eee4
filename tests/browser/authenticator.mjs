// An authenticator that exists in the browser only (WebAuthn level 2, clause 11): a phone's, with a finger on it.

const PLATFORM = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
};

export class Authenticator {
    static async attach(page) {
        const authenticator = new Authenticator();
        authenticator.session = await page.context().newCDPSession(page);
        await authenticator.session.send('WebAuthn.enable');
        const { authenticatorId } = await authenticator.#ask('addVirtualAuthenticator', { options: PLATFORM });
        authenticator.id = authenticatorId;
        return authenticator;
    }

    /** The passkeys that it keeps: `credentialId`, `rpId`, `signCount`, … */
    async passkeys() {
        return (await this.#ask('getCredentials')).credentials;
    }

    /** Whether the finger on it is its owner's. */
    async recognises(owner) {
        await this.#ask('setUserVerified', { isUserVerified: owner });
    }

    /** Loses what it keeps. */
    async forget() {
        await this.#ask('clearCredentials');
    }

    /** Puts a passkey of another authenticator into this one, as a synchronised one would be. */
    async takeOver(passkey) {
        await this.#ask('addCredential', { credential: passkey });
    }

    #ask(act, parameters = {}) {
        const of = this.id ? { authenticatorId: this.id } : {};
        return this.session.send(`WebAuthn.${act}`, { ...of, ...parameters });
    }
}
