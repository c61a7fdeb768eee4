"""Verifies a callback with the reference library of Standard Webhooks.

Reads `{"secret", "headers", "body"}`, the body in base64, from standard input; prints `accepted`, or why not.
"""

import base64
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

callback = json.load(sys.stdin)
try:
    Webhook(callback["secret"]).verify(base64.b64decode(callback["body"]), callback["headers"], json_parse=False)
    print("accepted")
except WebhookVerificationError as error:
    print(error)
