### The merchant back-office, and pay links.

## The menu

merchant-menu-overview = Overview
merchant-menu-payments = Payments
merchant-menu-requests = Requests
merchant-menu-disputes = Disputes
merchant-menu-payouts = Payouts
merchant-menu-items = Items
merchant-menu-links = Pay links
merchant-menu-campaigns = Campaigns
merchant-menu-callbacks = Callbacks
merchant-menu-certificates = Certificates
merchant-menu-api-keys = API keys
merchant-menu-bank = Bank and sites
merchant-menu-team = Team
merchant-menu-own-keys = Your devices

## The overview

merchant-today = Today
merchant-sales = Sales
merchant-payments = Payments
merchant-accepted = Accepted
merchant-refunded = Given back
# $count: requests for money back.
merchant-requests-wait =
    { $count ->
        [one] One request waits for you
       *[other] { $count } requests wait for you
    }
merchant-next-payout = Next payout
merchant-on-average = { $amount } on average
merchant-refused-why =
    { $count ->
        [one] One refused, why
       *[other] { $count } refused, why
    }
merchant-none-refused = None was refused.
merchant-nothing-before = Nothing on this day last week
merchant-over-last-week = { $share } over the same day last week
merchant-under-last-week = { $share } under the same day last week
merchant-by-hour = Sales by hour
merchant-hour = Hour
merchant-best-hour = The best hour began at { $hour }: { $amount }.
merchant-no-sales-today = Nothing was sold today so far.
merchant-all-payments = All payments

## Payments

merchant-no-payments = Nobody has bought anything yet. A pay link is the shortest way to a first sale.
merchant-no-payments-found = No payment is like that.
merchant-search = Order, receipt, customer, item
merchant-search-do = Search
merchant-any-state = Any state
merchant-from = From
merchant-to = Through
merchant-older = Older
merchant-newest = Newest
merchant-more = More
merchant-first = From the start
merchant-csv = As CSV
merchant-refused-orders = Refused orders
merchant-refused-about = Orders that came to nothing when they came in. Nobody paid, and nothing has to be given back.
merchant-column-item = Item
merchant-column-customer = Customer
merchant-column-state = State
merchant-column-amount = Amount
merchant-column-fee = Fee
merchant-column-reason = Reason
merchant-state-pending = pending
merchant-state-authorised = set aside
merchant-state-paid = paid
merchant-state-partly-refunded = partly given back
merchant-state-refunded = given back
merchant-state-disputed = disputed
merchant-state-declined = declined
merchant-state-voided = set free
merchant-how = Paid how
merchant-how-aggregated = Aggregated with other payments
merchant-how-single = By itself
merchant-how-coupon = With a coupon
merchant-reason-consumer = The customer’s limits or funds do not allow it.
merchant-reason-declined = The customer’s bank said no.
merchant-reason-offer-expired = The offer had run out.
merchant-reason-offer-used = The offer was sold already.
merchant-reason-other = Refused: { $code }

## One payment

merchant-all-of-customer = All payments of this customer
merchant-item-code = Item code
merchant-when = When
merchant-paid = You were paid
merchant-order = Order
merchant-receipt = Receipt
merchant-time-line = What happened
merchant-event-ordered = Ordered for { $amount }
merchant-event-authorise = The bank was asked to set { $amount } aside
merchant-event-capture = The bank was asked for { $amount } that was set aside
merchant-event-void = The bank was asked to set { $amount } free
merchant-event-refund = The bank was asked to give { $amount } back
merchant-event-charge = The bank was asked for { $amount }
merchant-event-approved = The bank said yes
merchant-event-refused = The bank said no
merchant-event-paid = You were paid { $amount }
merchant-event-declined = Declined for good
merchant-event-voided = Set free: nobody paid
merchant-event-refunded = { $amount } given back
merchant-event-refund-begun = { $amount } on the way back
merchant-event-refund-arrived = { $amount } arrived with the customer
merchant-event-refund-failed = { $amount } could not be given back, and are yours again
merchant-event-taken-back = { $amount } were taken back by the customer’s bank or card
merchant-event-disputed = The customer disputes { $amount }
merchant-event-dispute-lost = The dispute was decided for the customer
merchant-event-dispute-won = The dispute was decided for you
merchant-event-dispute-refunded = { $amount } given back because of the dispute
# $amount: what was asked for.
merchant-event-request = The customer asks for { $amount } back
merchant-event-request-declined = You declined
merchant-event-request-withdrawn = The customer took the request back
merchant-event-callback-due = A callback to your server is due
merchant-event-callback-taken =
    { $count ->
        [one] Your server took the callback at the first try
       *[other] Your server took the callback after { $count } tries
    }
merchant-event-callback-dead =
    { $count ->
        [one] The callback was given up after one try
       *[other] The callback was given up after { $count } tries
    }

## Money back

merchant-refund = Give money back
merchant-refund-do = Give back
merchant-refund-left = Of “{ $title }”, { $amount } can be given back.
merchant-refund-done = { $amount } given back.
merchant-refund-begun = { $amount } are on the way back: the bank still has to confirm.
merchant-take = Take the money
merchant-take-do = Take
merchant-take-about = For “{ $title }”, { $amount } are set aside. All of it or a part can be taken, once; the rest is released.
merchant-taken = { $amount } taken.
merchant-take-begun = The bank was asked for { $amount }: it still has to confirm.
merchant-release = Release it
merchant-release-do = Release
merchant-release-about = For “{ $title }”, { $amount } are set aside. If they are released, nobody pays, and nothing can be taken any more.
merchant-released = { $amount } released: nobody pays.
merchant-release-begun = The bank was asked to set { $amount } free: it still has to confirm.
merchant-nothing-aside = Nothing is set aside for this payment: it was taken or released, or the bank still has to answer.
merchant-amount-wrong = Write an amount above zero, such as 2.40.
merchant-back = Back
merchant-send-again = The payment system did not answer. Press the button again: nothing is done twice.
merchant-no-key = The portal keeps no signing key for you, so it can sign nothing in your name. An owner can change that; or your own server signs.
merchant-refused-exceeds = That is more than is left of this payment. Others may have given money back just now.
merchant-refused-dispute = There is a dispute about this payment: it decides.
merchant-refused-funds = Your account does not hold enough for that now.
merchant-refused-order = There is no such payment, or it was not paid.
merchant-refused-take = That is more than was set aside.
merchant-refused-declined = The bank refused. Nothing was moved.
merchant-refused-key = The key that the portal keeps for you is not accepted any more. An owner has to have a new one made.
merchant-refused-suspended = Your account is suspended. Please contact us.
merchant-refused-currency = You have no account in this currency.
merchant-refused-other = The payment system refused it: { $code }

## Payouts and fees

merchant-payout = Payout
merchant-no-payouts = Nothing was paid out yet.
merchant-on-account = { $amount } on your account
merchant-kept-for-disputes = { $amount } waits for open complaints
merchant-payout-paid = paid out
merchant-payout-pending = on its way
merchant-payout-declined = refused by the bank
merchant-payout-returned = came back
merchant-payout-none = nothing to pay out
merchant-carried = Carried to the next one
merchant-withheld = Kept back for disputes
merchant-bank-system = Paid by
merchant-bank-file = Bank file (pain.001)
merchant-bank-batch = Batch in the file
merchant-bank-reference = Our reference
merchant-bank-booking = Booked as (camt.053)
merchant-bank-return = Returned as (camt.053)
merchant-position = Position in the ledger
merchant-fees = What you pay
merchant-fee-currency = Currency
merchant-fee-since = Since
merchant-fee-share = Share of sales
merchant-fee-fixed = For each sale
merchant-fee-least = Least payout
merchant-fee-usual = usual, nothing else is agreed

## Items and pay links

merchant-no-items = You have no items yet.
merchant-item-new = New item
merchant-item-change = Change the item
merchant-item-keep = Keep
merchant-item-kept = The item is kept.
merchant-item-title = Title, as customers read it
merchant-item-code-hint = Your own short name for it. It stays.
merchant-item-code-taken = Another item has this code.
merchant-item-active = For sale
merchant-item-on-sale = for sale
merchant-item-off-sale = not for sale
merchant-label-wrong = Write one line of at most 120 characters.
merchant-price = Price
merchant-terms = Terms
merchant-terms-hint = What the buyer agrees to: shown before the payment.
merchant-terms-wrong = At most 2,000 characters.
merchant-capture = When the money is taken
merchant-capture-immediate = At once
merchant-capture-deferred = Later, when you or your server says so
merchant-link-new = Sell it with a pay link
merchant-link-make = Make a pay link
merchant-link-made = The pay link is ready: send it to your customers.
merchant-link-address = Address for your customers
merchant-link-until = Can be bought through
merchant-link-until-hint = A year, if you choose nothing.
merchant-link-until-wrong = Choose a day from today on, within a year.
merchant-link-uses = How often
merchant-link-uses-hint = As often as anybody likes, if you write nothing. 1 for an invoice.
merchant-link-uses-wrong = Write a whole number from 1 to 10,000.
merchant-link-uses-any = As often as anybody likes
merchant-link-uses-limited =
    { $count ->
        [one] Once
       *[other] { $count } times
    }
merchant-link-open = open
merchant-link-not-open = closed
merchant-link-close = Close this link
merchant-link-closed = The link is closed. Whoever is paying just now can still finish.
merchant-link-go-on = Go on to pay
merchant-link-used-up = This was sold as often as it could be.
merchant-link-over = The time for this is over.
merchant-link-withdrawn = This is not for sale any more.
merchant-no-links = You have no pay links yet. Choose an item, and make one there.

## Disputes

merchant-disputes-about = What is disputed is kept back from payouts until it is decided. Giving the money back ends the matter.
merchant-no-disputes = Nobody has complained.
merchant-dispute-open = to be decided
merchant-dispute-lost = for the customer
merchant-dispute-won = for you

## Requests for money back

merchant-request = The customer asks for money back
merchant-requests-about = A request is a letter: nothing moves until you give something back, and nothing is kept back from payouts. Whoever gets no answer may dispute the payment.
merchant-no-requests = Nobody has asked for money back.
merchant-request-open = waits for you
merchant-request-granted = given back
merchant-request-declined = declined
merchant-request-withdrawn = taken back
merchant-request-answer = Your answer
merchant-request-not-open = This request does not wait for an answer any more.
merchant-request-said-no = The request is declined. The customer reads your words with the payment.
merchant-decline = Decline
merchant-decline-about = The customer reads what you write. Whoever does not agree may still dispute the payment: then an operator decides.
merchant-decline-why = Why not
merchant-decline-hint = At most 120 characters. The customer reads it.
merchant-decline-wrong = Write why, in at most 120 characters.
merchant-decline-do = Decline the request

## Campaigns

merchant-campaign = Campaign
merchant-campaign-new = New campaign
merchant-campaign-begin = Sign and begin
merchant-campaign-begun = The campaign has begun.
merchant-campaign-title = Title, as customers read it
merchant-campaign-discount = Discount
merchant-campaign-discount-hint = An amount in { $currency }, or a share such as 10 %.
merchant-campaign-discount-wrong = Write an amount above zero, or a share of at most 100 %.
merchant-campaign-item-hint = Only for this item; for all of them if you write nothing.
merchant-campaign-any-item = All items
merchant-campaign-coupons = Coupons
merchant-campaign-coupons-wrong = Write a whole number from 1 to 1,000,000.
merchant-campaign-times = { $from } – { $until }
merchant-campaign-times-wrong = It has to end after it begins, and not in the past.
merchant-campaign-claimed = { $claimed } of { $coupons } taken
merchant-no-campaigns = You have no campaigns yet.

## Callbacks

merchant-callback-address = Address
merchant-callback-none = None: your server is told nothing.
merchant-callback-set = Where your server is told
merchant-callback-hint = An https address. Each change makes a new signing key; the last one signs too for 24 hours.
merchant-callback-keep = Keep, with a new key
merchant-callback-kept = The address is kept. Copy the key now: it is not shown again.
merchant-callback-key = Signing key of your callbacks
merchant-callback-removed = Your server is not told any more.
merchant-callback-wrong = This is not a web address.
merchant-callback-tries = Tries
merchant-callback-sent = taken
merchant-callback-dead = given up
merchant-callback-due = due
merchant-callback-replay = Send { $position } again
merchant-callback-again = It is sent again within seconds.
merchant-no-callbacks = Nothing was sent yet.

## Keys and certificates

merchant-hosted = Key kept by the portal
merchant-hosted-about = The portal can keep a signing key for you, sealed. Then pay links, refunds and campaigns need no server of yours.
merchant-hosted-until = The portal signs for you. The certificate holds until { $day }.
merchant-host-key = Have the portal keep a key
merchant-hosted-made = The portal keeps a key for you now.
merchant-hosted-drop = Remove the key from the portal
merchant-hosted-dropped = The key is gone, and its certificate is revoked. Pay links are closed until there is another.
merchant-hosted-not-revoked = The key is gone from the portal, but its certificate could not be revoked yet. Revoke it in the list below.
merchant-own-key = A key of your own
merchant-own-key-about = Your server makes a key, and has it certified with an invitation that counts once. Nobody else ever has it.
merchant-invite-key = Make an invitation
merchant-invitation = Invitation
merchant-invitation-once = Copy it now: it is not shown again. It counts once, until { $day }.
merchant-party = Your name in messages
merchant-no-certificates = No certificate is registered for you.
merchant-certificate-serial = Serial number
merchant-certificate-print = Fingerprint
merchant-certificate-since = Registered
merchant-certificate-until = Valid until
merchant-certificate-in-force = in force
merchant-certificate-expired = expired
merchant-certificate-revoked = revoked
merchant-certificate-revoke = Revoke it
merchant-revoke-title = Revoke a certificate
merchant-revoke-about = This is for good: what its key signs from now on is accepted nowhere. Payments made so far stay as they are.
merchant-revoke-hosted = The portal signs for you with this key. It is removed from here, and pay links are closed until there is another.
merchant-revoke-why = Why
merchant-revoke-unused = The key is not used any more
merchant-revoke-lost = Somebody else has the key, or may have
merchant-revoke-do = Revoke for good
merchant-revoked = The certificate is revoked.
merchant-api-about = Programs of yours can read payments, payouts, balances and items. They can change nothing.
merchant-api-document = The API in OpenAPI
merchant-api-key-new = New key
merchant-api-key-name = Name
merchant-api-key-name-hint = Which program uses it.
merchant-api-key-make = Make a key
merchant-api-key-made = Made
merchant-api-key-used = Last used
merchant-api-key-unused = never
merchant-api-key-once = Copy the key now: it is not shown again.
merchant-api-key-remove = Remove “{ $name }”
merchant-api-key-removed = The key is not accepted any more.
merchant-api-key-too-many = You have twenty keys already. Remove one first.
merchant-no-api-keys = You have no keys yet.

## Bank and sites

merchant-bank-none = No bank account is on file: nothing can be paid out.
merchant-bank-on-file = Payouts go to { $holder }, { $iban }.
merchant-bank-change = Another bank account
merchant-bank-holder = Account holder
merchant-bank-iban = IBAN
merchant-bank-iban-wrong = This is not an IBAN.
merchant-bank-bic = BIC
merchant-bank-bic-wrong = This is not a BIC.
merchant-bank-keep = Keep the bank account
merchant-bank-kept = The next payout goes there.
merchant-sites = Your sites
merchant-sites-hint = One a line, as https://shop.example. After a payment, browsers are sent back there and nowhere else.
merchant-sites-wrong = Write at most eight sites, each as https://shop.example without anything after it.
merchant-sites-keep = Keep the sites
merchant-sites-kept = The sites are kept.

## The team

merchant-role-viewer = Looks
merchant-role-manager = Sells and gives money back
merchant-role-owner = Everything: keys, bank, team
merchant-team-role = May do
merchant-team-reach = E-mail address or phone number
merchant-team-reach-hint = They get a code there each time they sign in.
merchant-team-reach-wrong = This is neither an e-mail address nor a phone number with its country code.
merchant-team-since = Since
merchant-team-invite = Invite somebody
merchant-team-invite-do = Invite
merchant-team-invited = They are invited.
merchant-team-invitation = Invited
merchant-team-until = until { $day }
merchant-team-withdraw = Take the invitation back
merchant-team-withdrawn = The invitation does not count any more.
merchant-team-change = Change what they may do
merchant-team-changed = It is changed.
merchant-team-remove = Remove from the team
merchant-team-removed = They are signed out, and not of the team any more.
merchant-team-last-owner = A team needs an owner.
merchant-team-too-many = There are too many invitations. Take some back first.
merchant-team-not-told = They are invited, but the message about it could not be sent: tell them yourself.
