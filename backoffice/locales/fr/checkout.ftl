### Le paiement : une seule décision.

checkout-on-the-bill = Va sur votre facture de { $month }
checkout-from-balance = Payé sur votre solde
checkout-by-card = Débité de votre carte
checkout-by-mandate = Prélevé sur votre compte bancaire
checkout-with-coupon = Payé avec votre bon
checkout-cannot-be-paid = Ceci ne peut pas être payé en ce moment
checkout-small-and-passkey = Petit montant, et cet appareil signe pour vous.
checkout-small-and-code = Petit montant, confirmé par un code.
checkout-spent-this-month = Vous avez dépensé { $spent } sur { $limit } ce mois-ci.
checkout-left-afterwards = Il reste ensuite { $left }.
# $price: before the discount.
checkout-instead-of = au lieu de { $price }
checkout-quoted = Vous êtes débité de { $charged }, au taux { $rate } ({ $source }).
checkout-pay = Payer { $amount }
checkout-pay-passkey = Payer { $amount } avec votre clé d’accès
checkout-not-now = Pas maintenant
checkout-sign-in = Se connecter et payer
checkout-use-coupon = Utiliser votre bon : { $coupon }
# $count: two or more, which are enough together.
checkout-use-coupons = Utiliser ensemble { $count } de vos bons
checkout-coupon-used = Votre bon est utilisé : { $coupon }.
checkout-without-coupon = Le garder
checkout-signed-by = L’offre est signée par { $merchant }.
checkout-known-only-as = Vous n’y serez connu que comme
checkout-what-is-checked = Ce qui est vérifié
checkout-valid-until = Valable jusqu’au
checkout-checked-signature = Le commerçant a signé cette offre avec son certificat. Votre ordre cite l’empreinte de cette offre précise : le prix et l’article ne peuvent plus être changés.
checkout-checked-privacy = Le commerçant n’apprend qu’un pseudonyme, inconnu des autres, et jamais comment vous payez. Votre banque n’apprend jamais ce que vous avez acheté.
checkout-checked-not = Non vérifié : si ce qui est vendu est bon.
checkout-back-to-decision = Retour
checkout-sold = C’est déjà vendu.
checkout-not-valid = Cette offre n’est pas valable maintenant. Retournez chez le commerçant pour en obtenir une nouvelle.
checkout-paid-before = Vous venez de payer ceci
checkout-paid-before-quiet = Revenir en arrière ne paie pas une seconde fois.
checkout-to-receipt = Voir le reçu
checkout-buy-again = L’acheter encore une fois
checkout-too-late = Cette page est restée ouverte trop longtemps. Rien n’a été payé ; la voici à nouveau.
checkout-not-paid = non payé
checkout-set-aside = Le montant est mis de côté
checkout-set-aside-quiet = Le commerçant le prélève à la livraison ou le libère.
checkout-try-again = Réessayer
