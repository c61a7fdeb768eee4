### The checkout: one decision.

checkout-on-the-bill = Goes on your { $month } bill
checkout-from-balance = Paid from your balance
checkout-by-card = Charged to your card
checkout-by-mandate = Collected from your bank account
checkout-with-coupon = Paid with your coupon
checkout-cannot-be-paid = This cannot be paid at the moment
checkout-small-and-passkey = Small amount, and this device signs for you.
checkout-small-and-code = Small amount, confirmed by a code.
checkout-spent-this-month = You have spent { $spent } of { $limit } this month.
checkout-left-afterwards = { $left } is left afterwards.
# $price: before the discount.
checkout-instead-of = instead of { $price }
checkout-quoted = You are charged { $charged }, at the rate { $rate } ({ $source }).
checkout-pay = Pay { $amount }
checkout-pay-passkey = Pay { $amount } with your passkey
checkout-not-now = Not now
checkout-sign-in = Sign in and pay
checkout-use-coupon = Use your coupon: { $coupon }
# $count: two or more, which are enough together.
checkout-use-coupons = Use { $count } of your coupons together
checkout-coupon-used = Your coupon is used: { $coupon }.
checkout-without-coupon = Keep it
checkout-signed-by = The offer is signed by { $merchant }.
checkout-known-only-as = They will know you only as
checkout-what-is-checked = What is checked
checkout-valid-until = Valid until
checkout-checked-signature = The merchant signed this offer with its certificate. Your order names the fingerprint of exactly this offer: price and item cannot be changed afterwards.
checkout-checked-privacy = The merchant learns a pseudonym that no other merchant knows, and never how you pay. Your bank never learns what you bought.
checkout-checked-not = Not checked: whether what is sold is any good.
checkout-back-to-decision = Back
checkout-sold = This was sold already.
checkout-not-valid = This offer is not valid now. Go back to the merchant for a new one.
checkout-paid-before = You have just paid for this
checkout-paid-before-quiet = Going back does not pay a second time.
checkout-to-receipt = To the receipt
checkout-buy-again = Buy it once more
checkout-too-late = This page was open for too long. Nothing was paid; here it is again.
checkout-not-paid = not paid
checkout-set-aside = The amount is set aside
checkout-set-aside-quiet = The merchant takes it on delivery, or sets it free.
checkout-try-again = Try again
