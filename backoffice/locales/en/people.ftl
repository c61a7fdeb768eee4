### Signing in, opening an account, phones and keys; and what goes wrong on any page.

people-portal-consumers = Meteore
people-portal-merchants = Meteore for merchants
people-portal-operators = Meteore operations

## Signing in and up

people-sign-in = Sign in
people-sign-up = Open an account
people-no-password = There is no password. You get a code each time, or use a passkey.
people-reach = E-mail address or phone number
people-reach-hint = A phone number with its country code, as +33 6 12 34 56 78.
people-reach-wrong = This is neither an e-mail address nor a phone number with its country code.
people-email = E-mail address
people-email-hint = The code is sent there.
people-email-wrong = This is not an e-mail address.
people-send-code = Send me a code
people-use-passkey = Use a passkey
people-passkey-without = A passkey needs a browser with JavaScript. Everybody else can use a code.
people-passkey-refused = This passkey was not accepted. Use a code instead, or try again.
people-not-sent = The code could not be sent. Try again in a moment.
# $minutes: how long to wait.
people-not-before =
    { $minutes ->
        [one] Too many codes. Try again in one minute.
       *[other] Too many codes. Try again in { $minutes } minutes.
    }
# $reach: an e-mail address or a phone number.
people-sent = A code is on its way to { $reach }.

people-code-title = Enter your code
people-code = Code
people-code-hint = Six digits, good for ten minutes, in this browser only.
people-code-form = A code has six digits.
# $left: how often it can be tried again.
people-code-wrong =
    { $left ->
        [0] This is not the code. Ask for another one.
        [one] This is not the code. You can try once more.
       *[other] This is not the code. You can try { $left } more times.
    }
people-code-over = This code can no longer be used. Ask for another one.
people-another-code = Send another code
people-go-on = Go on
people-suspended = This account is suspended. Please contact us.
people-signed-out = You are signed out.

## Another proof

people-confirm-title = Is it you?
people-confirm-why = Before money or keys are touched we make sure that it is still you.
# $reach: a hint at an e-mail address or phone number.
people-confirm-send = Send a code to { $reach }

## Opening an account

people-welcome-title = Open an account
people-welcome-reach = You are reached at { $reach }. There is no account with it yet.
people-name = Your name
people-name-hint = Only you see it.
people-name-wrong = A name is one line of at most 120 characters.
people-needed = This is needed.
people-business = Name of your business
people-business-hint = As your bank knows it: you are paid under this name, and customers see it.
people-business-wrong = A name is one line of at most 120 characters.
people-iban = IBAN
people-iban-hint = The bank account that you are paid to.
people-iban-wrong = This is not an IBAN. Check it digit by digit.
people-bic = BIC
people-bic-wrong = This is not a BIC: 8 or 11 letters and digits.
people-terms-consumer = I accept the terms: you pay from what you paid in, and can close the account at any time.
people-terms-merchant = I accept the terms: fees are taken from what you sell, and the rest is paid to your bank account.
people-terms-needed = Without the terms there is no account.
people-open-account = Open the account
people-taken = There is, or was, an account with this address already. Please contact us.
# $merchant: its name; $role: what they may do.
people-invited = { $merchant } invited you into its team ({ $role }).
people-join = Join the team
people-role-owner = owner
people-role-manager = manager
people-role-viewer = viewer

## Phones and keys

people-keys-title = Phones and keys
people-passkeys = Passkeys
people-passkeys-why = A passkey proves who you are with your fingerprint, your face or the PIN of your device. Nothing secret leaves it.
people-passkey = Passkey
people-key-name = Name
people-key-name-hint = So that you know it again.
people-key-since = Added
people-key-used = Last used
people-never-used = never
people-add-passkey = Add a passkey
people-key-added = The passkey was added.
people-key-refused = The passkey was not added. Perhaps it is here already.
people-key-removed = The passkey was removed.
# $key: its name.
people-remove-key = Remove { $key }
people-sessions = Where you are signed in
people-device = Device
people-some-device = Unknown device
people-this-device = this one
people-how = By
people-by-passkey = passkey
people-by-code = code
people-since = Since
people-seen = Last seen
# $device: its name.
people-end-session = Sign out { $device }
people-end-others = Sign out everywhere else
people-session-ended = It is signed out.
people-sessions-ended = You are signed out everywhere else.

## Name and addresses

people-account-title = Name and addresses
people-phone = Phone number
people-rename = Change the name
people-renamed = The name is changed.
people-move = Be reached elsewhere
people-move-how = A code goes to the new address, and the one that you have now is told. It takes the place of an address of its kind.
people-new-reach = New e-mail address or phone number
people-new-email = New e-mail address
people-reach-changed = You are reached there from now on. Every other device is signed out.
people-reach-taken = There is an account with this address already.
people-remove-reach = Remove an address
people-remove-reach-how = One of two can be removed, and both are told. Codes go to the other one, and you sign in with it.
people-remove-email = Remove the e-mail address
people-remove-phone = Remove the phone number
people-reach-removed = The address is removed. Every other device is signed out.
people-reach-last = This is the last address that you can sign in with. Add another one first.

## What goes wrong

people-first-page = Go to the first page
# $id: names the request for those who look for the reason.
people-request = If you write to us, mention request { $id }.
people-forbidden-title = Not allowed
people-forbidden = You may not do this. Somebody who can may give you the right to.
people-not-found-title = Nothing here
people-not-found = There is nothing at this address, or it is not yours.
people-forged-title = Please try again
people-forged = This page was open for too long, or did not come from here. Nothing was done. Open it again.
people-invalid-title = This cannot be understood
people-invalid = Something is missing in what was sent. Nothing was done.
people-too-many-title = One moment
people-too-many = That was too often. Try again in a moment.
people-unavailable-title = Out of order for a moment
people-unavailable = Something that is needed for this does not answer. Try again in a moment.
people-internal-title = Our mistake
people-internal = Something went wrong on our side. It is written down, and somebody will look at it.

## Letters and text messages

people-letter-subject = Your code
# $code: six digits.
people-letter-code = Your code is { $code }. It is good for ten minutes, in the browser where you asked for it.
people-letter-beware = Nobody else needs it: we never ask for it by telephone or in a letter. If you did not ask for it, do nothing.
# $code: six digits. At most 160 characters of the GSM alphabet with it.
people-text-code = { $code } is your Meteore code, good for 10 minutes. Never tell it to anybody.
# $merchant: its name.
people-letter-invitation = { $merchant } invites you into its team
people-letter-invited = { $merchant } has invited you into its team at Meteore.
# $address: where to sign in.
people-letter-join = Sign in at { $address } with this address within seven days.
people-letter-moved-subject = Your address was changed
# $reach: a part of an e-mail address or phone number.
people-letter-moved = Your account at Meteore is reached at { $reach } from now on.
people-letter-moved-beware = If this was not you, somebody else is using your account: contact us at once.
# $reach: a part of an e-mail address or phone number. At most 160 characters with it.
people-text-moved = Your Meteore account is now reached at { $reach }. Not you? Contact us at once.
# $merchant: its name.
people-note-paid-subject = You paid { $merchant }
people-note-little-subject = Little is left
# $amount: what was paid. $merchant: its name. $at: when. $item: what was bought.
people-note-paid = You paid { $amount } to { $merchant }, { $at }: { $item }.
# $amount: the bound.
people-note-little = Less than { $amount } is left on your account, or of your limit.
# $address: where all of it is.
people-note-where = See { $address }
people-note-why = You asked for this letter. It is switched off where it was switched on: Alerts and interests.
