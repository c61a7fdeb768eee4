### The consumer portal: what somebody has, paid and owes.
## The menu
consumer-menu-home = Home
consumer-menu-payments = Payments
consumer-menu-bills = Bills
consumer-menu-top-up = Top up
consumer-menu-coupons = Coupons
consumer-menu-means = Payment methods
consumer-menu-limits = Limits
consumer-menu-passkeys = Phones and keys
consumer-menu-interests = Alerts and interests
consumer-menu-privacy = Privacy

## Home
consumer-good-morning = Good morning
consumer-good-afternoon = Good afternoon
consumer-good-evening = Good evening
consumer-tile-balance = Balance
# $month: a month with its year.
consumer-tile-bill = { $month } bill so far
consumer-tile-bill-since = since { $day }
consumer-tile-bill-nothing = nothing yet
consumer-tile-limit = Monthly limit
consumer-tile-limit-spent = { $spent } of { $limit } spent
consumer-tile-no-account = Account
consumer-tile-no-account-value = None
consumer-last-payments = Last payments
consumer-all-payments = All payments
consumer-no-payments = No payments yet.

## Payments
consumer-column-what = What
consumer-column-merchant = Merchant
consumer-column-how = How
consumer-column-state = State
consumer-column-amount = Amount
consumer-search = Search
consumer-search-do = Show
consumer-any-state = Any
consumer-from = From
consumer-to = To
consumer-older = Older
consumer-newest = Newest
consumer-payments-none-found = Nothing found. Try other words or a longer time.
consumer-state-pending = bank is answering
consumer-state-authorised = set aside
consumer-state-paid = paid
consumer-state-partly-refunded = partly refunded
consumer-state-refunded = refunded
consumer-state-disputed = disputed
consumer-state-declined = declined
consumer-state-voided = released
consumer-how-coupon = with a coupon
consumer-how-prepaid = from your balance
consumer-how-postpaid = on your bill
consumer-how-external = through your bank or card

## One payment
consumer-item = Item
consumer-when = When
consumer-why = Why so
consumer-order = Order
consumer-refunded = Refunded
consumer-position = Number in the ledger
consumer-known-as = You are known there as
consumer-offer-digest = Fingerprint of the offer
consumer-charged = Charged
# $rate: so many units for one.
consumer-charged-at = { $charged } at the rate { $rate }
consumer-verify-receipt = Verify the receipt
consumer-download-receipt = Signed receipt (XML)
consumer-proof-in-bill = Proof that it is in the bill
consumer-dispute = Something is wrong
consumer-request = Ask for money back
consumer-time-line = What happened
consumer-event-ordered = You ordered it
consumer-event-asked = Your bank was asked
consumer-event-approved = Your bank agreed
consumer-event-declined = Your bank declined
consumer-event-paid = Paid; the receipt was signed
consumer-event-disputed = You disputed { $amount }
consumer-event-dispute-won = Decided for you
consumer-event-dispute-lost = Decided for the merchant
# $amount: what was asked for.
consumer-event-request = You asked the merchant for { $amount } back
consumer-event-request-declined = The merchant declined
consumer-event-request-withdrawn = You took your request back
consumer-event-refunded = { $amount } came back
consumer-event-refund-begun = { $amount } is on its way back
consumer-event-refund-failed = { $amount } could not be sent back

## Why a payment is made as it is
consumer-rule-aggregate-micropayment = Small amounts are put together into one bill.
consumer-rule-account-short-goes-single = Your account does not hold enough, so your bank or card is charged.
consumer-rule-postpaid-limit-goes-single = Your monthly limit is reached, so your bank or card is charged.
consumer-rule-large-goes-single = Larger amounts are charged by themselves.
consumer-rule-coupon-goes-single = A coupon is paid at once, through your bank or card.
consumer-rule-deferred-goes-single = The amount is set aside now and taken when the merchant delivers.
consumer-rule-coupon = Your coupon pays for it.
consumer-rule-amount-not-positive = There is nothing to pay.
consumer-rule-currency-not-served = This currency cannot be paid from your account.
consumer-rule-method-not-granted = This way of confirming is not enough here.
consumer-rule-low-value = Without a passkey you have paid as much as is allowed. Confirm with a passkey to go on.
consumer-rule-terminal-limit = The amount is more than may be paid in this way.
consumer-rule-postpaid-limit = Your monthly limit is reached.
consumer-rule-anonymous-limit = An account that nobody is named for pays only small amounts.
consumer-rule-account-short = Your account does not hold enough. Top it up, or add a payment method.
consumer-rule-no-external-system = For this amount a bank account or card is needed.

## Why something was refused
consumer-refused-declined = Your bank declined. Nothing was charged.
consumer-refused-stale = It took too long. Nothing was done; please try again.
consumer-refused-authentication = The passkey does not fit. Nothing was done; please try again.
consumer-refused-suspended = Your account is suspended. Pay open bills, or ask us.
consumer-refused-merchant = This merchant cannot be paid at the moment.
consumer-refused-offer-expired = The offer is no longer valid. Go back to the merchant for a new one.
consumer-refused-offer-used = The offer was sold already.
consumer-refused-stored-limit = Your account would hold more than it may. Top up a smaller amount.
consumer-refused-not-reloadable = An account that nobody is named for can be topped up once only.
consumer-refused-no-means = There is no payment method to charge. Add one first.
consumer-refused-no-payout-account = There is no bank account to pay to. Add one first.
consumer-refused-fraction-of-cent = Banks move whole cents only.
consumer-refused-coupon-used = This coupon is spent, or set aside for another payment.
consumer-refused-coupon-expired = This coupon has expired.
consumer-refused-coupon-not-givable = This coupon cannot be given away, or not any more this month.
consumer-refused-coupon-not-refundable = Only whoever bought a coupon is paid back for it.
consumer-refused-campaign-ended = These coupons are gone, or their time is over.
consumer-refused-campaign-claimed = You have had the coupon of this campaign.
consumer-refused-receiver = Nobody here has this number or name.
consumer-refused-order = This payment cannot be disputed here. Ask the bank that was charged.
consumer-refused-dispute-exceeds = This is more than what is left of the payment.
consumer-refused-dispute-open = You have disputed this payment already.
consumer-refused-dispute-too-late = This payment is too long ago to be disputed.
consumer-refused-other = It was refused ({ $code }). Nothing was done.
consumer-challenge-passkey = Please confirm this with a passkey.
consumer-challenge-code = Please confirm this with a code.
consumer-challenge-pin = Please confirm this with your PIN, on your phone.

## Confirming
consumer-confirm = Confirm
consumer-confirm-with-passkey = Confirm with your passkey
consumer-confirm-not-now = Not now
consumer-proof-no-script = A passkey needs a browser with JavaScript. Use a code instead.
consumer-proof-code = Code
# $to: an address or number, in part.
consumer-proof-code-sent = Sent to { $to }. Six digits, good for ten minutes.
consumer-proof-send = Send me a code
consumer-proof-send-again = Send another code
consumer-proof-send-instead = Use a code instead
consumer-proof-needs-passkey = A code is not enough for this. With a passkey you can confirm it.
consumer-proof-add-passkey = Add a passkey
consumer-proof-unreadable = The passkey’s answer could not be read. Try again.
consumer-proof-nothing = Enter a code, or use your passkey.
consumer-code-not-sent = The code could not be sent. Try again in a moment.
consumer-code-not-before = Too many codes. The next one can be sent { $at }.
consumer-code-malformed = A code has six digits.
consumer-code-over = This code is no longer good. Ask for another one.
# $left: how often it can be tried again.
consumer-code-wrong =
    { $left ->
        [0] This is not the code. Ask for another one.
        [one] This is not the code. You can try once more.
       *[other] This is not the code. You can try { $left } times more.
    }
consumer-too-late = This page was open for too long. Nothing was done.
consumer-start-again = Start again
consumer-go-on = Go on
consumer-done = Done
consumer-pending = Your bank is answering
consumer-pending-quiet = This page looks again by itself. You may close it: nothing is lost.
consumer-action = Your bank asks you to confirm
consumer-action-quiet = Confirm there, then come back to this page.
consumer-action-go = Go to your bank
consumer-unknown = We do not know yet what became of it
consumer-unknown-quiet = It happens once at most, however often we ask. This page looks again by itself.
consumer-unknown-state = being looked up

## Money in and out
consumer-amount-in = Amount in { $currency }
consumer-amount-malformed = Write an amount such as 20 or 12.50.
consumer-amount-too-much = There is less than that on your account.
consumer-top-up-not-prepaid = Your account is billed: there is nothing to top up.
consumer-top-up-no-means = Add a bank account or card first.
consumer-top-up-hint = Whole cents.
consumer-top-up-do = Top up
consumer-top-up-confirm = Top up your account
consumer-top-up-confirm-strong = Charged to your payment method
consumer-top-up-confirm-quiet = You can have it back at any time, at full value.
# $amount: what was paid in.
consumer-topped-up = { $amount } is on your account
consumer-balance-now = The balance is { $balance }.
consumer-redeem = Take money out
consumer-redeem-hint = At full value, to your bank account or the card that was charged.
consumer-redeem-do = Take out
consumer-redeem-confirm = Take money out of your account
consumer-redeem-confirm-strong = Paid to your bank account or card
consumer-redeem-confirm-quiet = It leaves your balance at once, and comes back if the bank refuses.
consumer-redeemed = { $amount } is on its way to you

## Payment methods
consumer-means-charged = Charged when your account does not pay
consumer-means-collected = Bills are collected from
consumer-means-none = nothing on file
consumer-means-by-mandate = your bank account, by direct debit
consumer-means-by-test-card = a test card: no real money
consumer-means-by-card = your card
# $country: of the bank. $day: when the mandate was given.
consumer-means-bank-on-file = a bank account in { $country }, mandate of { $day }
consumer-means-never-shown = What you give us here is sealed. No merchant sees it, and it is not shown again.
consumer-means-bank = Bank account
consumer-means-holder = Name of the holder
consumer-means-holder-wrong = Write the name as the bank knows it.
consumer-means-iban = IBAN
consumer-means-iban-wrong = This is not an IBAN: check the digits.
consumer-means-agree = I allow Meteore to collect what I owe from this account by SEPA direct debit. I can have a debit returned within eight weeks.
consumer-means-agree-needed = Without your consent nothing can be collected.
consumer-means-bank-keep = Use this bank account
consumer-means-bank-kept = The bank account is on file.
consumer-means-test-cards = Test cards
consumer-means-test-card = Card
consumer-means-card-keep = Use this card
consumer-means-card-kept = The card is on file.
consumer-means-remove = Take back
consumer-means-bank-remove = Remove the bank account
consumer-means-bank-removed = The bank account is not on file any more: nothing is collected from it.
consumer-means-card-remove = Remove the card
consumer-means-card-removed = The card is not on file any more: it is not charged.
consumer-means-owes = Nothing is removed: what you owe is still to be collected from it. Pay what is open, or put something else on file first.
consumer-means-under-way = Nothing is removed: your bank still has to answer, or has set something aside. Try again when that is done.
consumer-test-card-approves = A card that pays
consumer-test-card-declines = A card that is declined
consumer-test-card-slow = A bank that takes its time

## Limits
consumer-limits-since-strong = Without a passkey, since the last one
consumer-limits-count = { $count } of { $most } payments
consumer-limits-month = On your bill this month
consumer-limits-stored = On your account
consumer-limits-used = { $spent } of { $limit }
consumer-limits-amounts = Amounts
consumer-limits-aggregated = Put together into one bill up to
consumer-limits-single = Paid at once up to
consumer-limits-low-value = Without a passkey, each up to
consumer-limits-postpaid-each = On your bill, each up to
consumer-limits-credit = Owed at most
consumer-limits-anonymous = Paid at once while nobody is named for the account
consumer-limits-by-method = By device and way of confirming
consumer-limits-terminal = Device
consumer-limits-method = Confirmed by
consumer-limits-strength = Strength
consumer-limits-strong = strong
consumer-limits-not-strong = simple
consumer-limits-aggregated-short = On a bill
consumer-limits-single-short = By itself
consumer-limits-never = never
consumer-limits-policy = These are the limits of the policy { $policy }. They are applied to every payment, and every receipt names the rule.
consumer-terminal-app = Phone with our app
consumer-terminal-passkey = Browser with a passkey
consumer-terminal-browser = Browser
consumer-terminal-wap = WAP phone
consumer-terminal-sms = Text message
consumer-method-device-key = the phone’s key
consumer-method-passkey = passkey
consumer-method-code = code
consumer-method-pin = number and PIN
consumer-method-pin-code = number, PIN and code
consumer-method-number-code = number and code
consumer-method-number = number alone

## Bills
consumer-bills-none = No bills yet. The first one comes when a period closes.
consumer-bill-issued = Issued
consumer-bill-due-at = Due
consumer-bill-due = Amount due
consumer-bill-since = from { $day }
consumer-bill-period = Period
consumer-bill-paid = paid
consumer-bill-open = open
consumer-bill-reminded = reminder sent
consumer-bill-overdue = overdue
consumer-bill-still-open = Still to be paid
consumer-statements = Statements
consumer-bill-of = Bill for { $month }
consumer-statement-of = Statement for { $month }
consumer-bill-opening = From the bill before
consumer-bill-paid-out = Payments
consumer-bill-refunds = Refunds
consumer-bill-credits = Credits and fees
consumer-bill-carried = Carried to the next bill
consumer-statement-closing = Balance at the end
consumer-statement-opening = Balance at the beginning
consumer-statement-top-ups = Top-ups
consumer-statement-redemptions = Taken out
consumer-statement-other = Other
consumer-bill-lines = By merchant
consumer-bill-count = Payments
consumer-bill-payments = The payments
consumer-verify-this-bill = Verify the bill
consumer-download-bill = Signed bill (XML)
consumer-verify-bill = Is this bill genuine?
consumer-verify-bill-payments = Each payment can be proven to be in the bill, without trusting us: open a payment and ask for its proof.
consumer-back-to-bill = Back to the bill
consumer-proof-title = Is this payment in the bill?
consumer-proof-column = Proof
consumer-proof-not-yet = This payment is in no bill yet. It will be when the period closes.
consumer-proof-external = This payment was charged by itself: it is in no bill.
# $index: which of the payments. $count: of how many.
consumer-proof-holds = Yes: it is payment { $index } of { $count }
consumer-proof-fails = The proof does not lead to the bill that was signed.
consumer-proof-how = The receipt and the bill are signed, both were verified just now, and the hashes below lead from the one to the other.
consumer-proof-bill = Bill or statement
consumer-proof-root = Root in the bill
consumer-proof-path = The way to the root
consumer-proof-neighbours = Neighbours, from the payment up
consumer-proof-alone = None: it is the only payment.
consumer-download-proof = Proof (XML)

## Verifying
consumer-verify-title = Is this receipt genuine?
consumer-verify-checks = What was checked just now
consumer-verify-holds = genuine
consumer-verify-fails = not genuine
consumer-verify-fails-text = The document was altered, or was not signed by this payment system. Keep it, and tell us.
consumer-verify-reason = For whoever looks closer
consumer-verify-signature = Signature
consumer-verify-signature-holds = It holds: nothing was changed since it was signed.
consumer-verify-digest = Fingerprint of what was signed
consumer-verify-signer = Signed by
consumer-verify-signer-is = { $party }, as { $role }
consumer-verify-certificate = With certificate
consumer-verify-certificate-until = valid until { $day }
consumer-verify-issuing = Issued by the authority
consumer-verify-root = Which the root vouches for
consumer-verify-says = What it says
consumer-verify-no-receipt = This is a signed answer, but no receipt: nothing was paid by it, or a coupon was bought.
consumer-verify-not-proven = What this does not prove
consumer-verify-not-proven-delivery = That the merchant delivered.
consumer-verify-not-proven-refund = That nothing was given back since: refunds have receipts of their own.
consumer-verify-not-proven-revocation = That the certificate was not withdrawn because its key was stolen: the published list says so.
consumer-verify-yourself = You need not believe this page. With the file and the certificate of the root anybody can check the same: meteore verify.

## Coupons
consumer-coupon = Coupon
consumer-coupons-none = You have no coupons. Merchants sell them, or give them away.
consumer-coupon-held = ready
consumer-coupon-reserved = set aside
consumer-coupon-spent = spent
consumer-coupon-expired = expired
consumer-coupon-paid-back = paid back
consumer-coupon-gone = given away
consumer-coupon-usable-until = Until
consumer-coupon-worth = Worth
consumer-coupon-face = Bought for
consumer-coupon-item = Only for
consumer-coupon-use = When you pay at this merchant’s, you are asked whether to use it.
consumer-discount-amount = { $amount } off
consumer-discount-share = { $share } off
consumer-gift = Give it away
consumer-gift-to = To
consumer-gift-hint = A phone number with its country code, or a name here.
consumer-gift-wrong = This is neither a phone number nor a name.
consumer-gift-do = Give
consumer-gift-confirm = Give a coupon away
consumer-gift-confirm-strong = To { $to }
consumer-gift-confirm-quiet = It is theirs then. You cannot take it back.
consumer-coupon-given = { $coupon } was given away
consumer-coupon-given-quiet = Whoever got it finds it among their coupons.
consumer-coupon-refund = Be paid back
consumer-coupon-refund-do = Pay back what is left
consumer-coupon-refund-confirm = Be paid back for a coupon
consumer-coupon-refund-confirm-strong = What is left goes to the card or account that paid for it
consumer-coupon-refund-confirm-quiet = The coupon cannot be used any more then.
consumer-coupon-refunded = { $coupon } was paid back
consumer-coupon-refunded-quiet = The money goes back to where it came from.
consumer-coupon-yours = { $coupon } is yours
consumer-coupon-until = You can use it until { $day }.
consumer-campaigns = Advantages
consumer-campaign = Advantage
consumer-campaign-left = Coupons left
consumer-campaigns-none = Nothing at the moment.
consumer-campaigns-not-wanted = Merchants’ advantages are shown only to those who want to see them.
consumer-claim-do = Get the coupon
consumer-claim-confirm = Get a coupon
consumer-claim-confirm-strong = It costs nothing
consumer-claim-confirm-quiet = One for each person. The merchant does not learn who you are.

## Complaints
consumer-dispute-first = Ask the merchant first if you can: a refund is faster. If that does not help, tell us. What you ask for is kept back from the merchant until it is decided.
consumer-dispute-amount = What should come back
consumer-dispute-amount-wrong = Write an amount, at most what was paid and did not come back.
consumer-dispute-reason = What went wrong
consumer-dispute-reason-hint = At most 120 characters. The operator and the merchant read it.
consumer-dispute-reason-wrong = Write what went wrong, in at most 120 characters.
consumer-dispute-do = Go on
consumer-dispute-confirm = Dispute a payment
consumer-dispute-confirm-quiet = An operator decides, and you are told.
consumer-disputed = We look into it
consumer-disputed-quiet = The amount is kept back from the merchant until it is decided.

## Requests for money back
consumer-request-about = Write to the merchant, who gives it back or declines. The merchant reads your words and knows you by your pseudonym only.
consumer-request-difference = A request is a letter: nothing is kept back meanwhile, and the merchant decides. If something is wrong, you may dispute the payment at any time instead: then the amount is kept back, and an operator decides.
consumer-request-reason-hint = At most 120 characters. The merchant reads it.
consumer-request-do = Send to the merchant
consumer-request-sent = The merchant has your request.
consumer-request-not-now = This cannot be asked for now. You may dispute the payment instead.
consumer-request-title = Your request for money back
consumer-request-open = waits for the merchant
consumer-request-open-means = The merchant decides. You may also dispute the payment at any time: then the amount is kept back, and an operator decides.
consumer-request-granted = money came back
consumer-request-granted-means = Money has come back since you asked. What happened, below, says how much.
consumer-request-declined = declined
consumer-request-declined-means = If you do not agree, dispute the payment: then the amount is kept back, and an operator decides.
consumer-request-withdrawn = taken back
consumer-request-answer = The merchant’s words
consumer-request-withdraw = Take the request back
consumer-request-taken-back = Your request is taken back.
consumer-request-not-open = There is no open request any more.

## Alerts and interests
consumer-interests-why = Nothing is switched on but by you. Switch it off, and it is forgotten.
consumer-interests-sent = The first two are sent to where your codes go, about payments made after you switched them on. A letter names merchant, amount, time and item. It is sent soon after the payment, at times twice, and not at all if your address does not answer for a day.
consumer-interests-only-kept = For all others nothing is ever sent. They decide whether this portal shows you merchants’ advantages, and what a merchant’s page is told when you share your interests with it.
consumer-interest-payments = A letter for every payment
# $amount: the bound.
consumer-interest-low = A letter when less than { $amount } is left on my account or of my limit, at most one a day
consumer-interest-advantages = Show merchants’ advantages
consumer-interest-transport = Trams, trains, parking
consumer-interest-culture = Concerts, theatres, sport
consumer-interest-news = News and reading
consumer-interests-keep = Keep
consumer-interests-kept = Kept.
consumer-interests-sealed = This is kept sealed. No merchant sees it, unless you share your interests with it.
# $merchant: what it is called.
consumer-share = What interests you, for { $merchant }
consumer-share-why = They learn what is listed here, now, and nothing else: not who you are. Look at their page without it, and they learn nothing.
consumer-share-nothing = You have switched nothing on that a merchant could learn.
consumer-share-do = Show me their advantages

## Privacy
consumer-privacy-kept = What is kept of you
consumer-privacy-person = Who you are
consumer-privacy-person-text = Name, e-mail address, phone number, where you are signed in. Sealed.
consumer-privacy-means = How you pay
consumer-privacy-means-text = Bank account and mandate, or a card’s token. Sealed, for your bank only.
consumer-privacy-payments = What you paid
consumer-privacy-payments-text = Orders, receipts and bills, signed. The law asks us to keep them.
consumer-privacy-interests = What you like
consumer-privacy-interests-text = Only what you switched on. Sealed.
consumer-privacy-requests = What you asked merchants for
consumer-privacy-requests-text = Your requests for money back, and the answers. Sealed; the merchant reads them.
consumer-privacy-merchants = What merchants see
consumer-privacy-merchants-text = A pseudonym, another one at each merchant, and what you bought there. Nothing else.
consumer-export = Take it along
consumer-export-text = Everything above in one file (JSON).
consumer-export-do = Download everything
consumer-leave = Leave
consumer-leave-text = Close your account and have erased what no law keeps.
consumer-leave-how = How that works
consumer-leave-erased = What is erased, at once and for good
consumer-leave-erased-person = Name, e-mail address, phone number.
consumer-leave-erased-means = Bank account, mandate, card.
consumer-leave-erased-keys = All sessions and passkeys.
consumer-leave-erased-interests = Alerts and interests.
consumer-leave-erased-requests = Your requests for money back, and the answers.
consumer-leave-stays = What stays, and why
consumer-leave-ledger = The ledger
consumer-leave-ledger-why = Amounts and times of payments: accounts must be kept for years (tax and money-laundering law).
consumer-leave-evidence = Signed orders and receipts
consumer-leave-evidence-why = So that you, merchants and courts can show what was agreed. Your name is not in them.
consumer-leave-name = The number of your account
consumer-leave-name-why = So that nobody else ever gets it.
consumer-leave-sure = I am sure. This cannot be undone.
consumer-leave-sure-needed = Tick this if you are sure.
consumer-leave-do = Erase and leave
consumer-leave-holds = There is money on your account. Take it out first.
consumer-leave-owes = You owe something. It goes onto your next bill; come back when that is paid.
consumer-leave-under-way = A payment is still under way at your bank. Come back when it is done.
consumer-leave-coupons = You have coupons with value on them. Spend them, give them away or be paid back first.
consumer-left = Everything personal was erased. Farewell.

consumer-menu-terminals = Terminals
consumer-terminals-title = Terminals that pay for you
consumer-terminals-back = Back to your terminals
consumer-terminal-apps = Apps
consumer-terminal-apps-about = An app signs what you pay with a key that never leaves it. Revoke one that is lost: from then on nobody pays with it.
consumer-terminal-none = No app pays for you yet.
consumer-terminal-invite = Invite an app
consumer-terminal-new = A new app
consumer-terminal-once = Enter both in the app by { $moment }. They count once, and are shown only here.
consumer-terminal-account = Your account
consumer-terminal-invitation = Invitation
consumer-terminal-print = Key
consumer-terminal-since = Since
consumer-terminal-until = Until
consumer-terminal-state = State
consumer-terminal-in-force = pays
consumer-terminal-expired = expired
consumer-terminal-is-revoked = revoked
consumer-terminal-revoke = Revoke { $print }
consumer-terminal-revoke-title = Revoke an app
consumer-terminal-revoke-about = It never pays again, and this cannot be undone. You can invite another one, or the same one again.
consumer-terminal-revoke-do = Revoke it
consumer-terminal-revoked = It is revoked. Nobody pays with it any more.
consumer-terminal-texts = Text messages
consumer-terminal-number = { $number } pays by text message.
consumer-terminal-no-number = No telephone pays by text message for you.
consumer-terminal-account-page = Change how you are reached
