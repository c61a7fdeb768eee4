"""A mail relay on loopback: aiosmtpd with a required STARTTLS and login, and recipients that are trouble.

Writes the port it listens on to a file, then keeps what it took as one JSON file a letter, as Python's own mail parser
reads it.
What a recipient is called says what happens to a letter for them: see RECIPIENTS and CONTENTS.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import logging
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

RECIPIENTS = {
    "unknown": "550 5.1.1 <{address}> is not known here",
    "later": "451 4.7.1 <{address}> later, please",
    "full": "452 4.2.2 <{address}> has no room",
}
CONTENTS = {
    "picky": "554 5.6.0 not this, for {address}",
}


class Relay:
    def __init__(self, letters):
        self.letters = letters
        self.count = 0
        self.greylisted = set()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("stranger@"):
            return "550 5.1.8 the sender is not known here"
        envelope.mail_from = address
        return "250 2.1.0 sender"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name in RECIPIENTS:
            return RECIPIENTS[name].format(address=address)
        if name == "greylisted" and address not in self.greylisted:
            self.greylisted.add(address)
            return "451 4.7.1 not at the first try"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            name = address.split("@")[0]
            if name in CONTENTS:
                return CONTENTS[name].format(address=address)
            if name == "hanging":
                await asyncio.sleep(3600)
        self.keep(session, envelope)
        return "250 2.0.0 taken"

    def keep(self, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = [
            {
                "type": part.get_content_type(),
                "name": part.get_filename(),
                "content": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in message.walk()
            if not part.is_multipart()
        ]
        letter = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "login": session.auth_data.decode(),
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
            "parts": parts,
        }
        self.count += 1
        path = self.letters / f"{self.count:04}.json"
        path.with_suffix(".part").write_text(json.dumps(letter))
        path.with_suffix(".part").rename(path)


def authenticate(user, word):
    def check(server, session, envelope, mechanism, login):
        right = mechanism in ("PLAIN", "LOGIN") and (login.login, login.password) == (user, word)
        return AuthResult(success=right, handled=False, auth_data=user if right else None)

    return check


async def main():
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    for name in ("announce", "certificate", "key", "letters", "user", "word"):
        arguments.add_argument(f"--{name}", required=True)
    chosen = arguments.parse_args()

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chosen.certificate, chosen.key)
    relay = Relay(pathlib.Path(chosen.letters))

    def session():
        return SMTP(
            relay,
            hostname="relay.example",
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate(chosen.user.encode(), chosen.word.encode()),
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", chosen.port)
    announce = pathlib.Path(chosen.announce)
    announce.with_suffix(".part").write_text(str(server.sockets[0].getsockname()[1]))
    announce.with_suffix(".part").rename(announce)
    await server.serve_forever()


asyncio.run(main())
