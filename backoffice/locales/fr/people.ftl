### Se connecter, ouvrir un compte, téléphones et clés ; et ce qui peut échouer sur toute page.

people-portal-consumers = Meteore
people-portal-merchants = Meteore pour les commerçants
people-portal-operators = Meteore exploitation

## Se connecter, s’inscrire

people-sign-in = Se connecter
people-sign-up = Ouvrir un compte
people-no-password = Il n’y a pas de mot de passe. Vous recevez un code à chaque fois, ou utilisez une clé d’accès.
people-reach = Adresse e-mail ou numéro de téléphone
people-reach-hint = Le numéro avec l’indicatif du pays, comme +33 6 12 34 56 78.
people-reach-wrong = Ce n’est ni une adresse e-mail, ni un numéro de téléphone avec l’indicatif du pays.
people-email = Adresse e-mail
people-email-hint = Le code y est envoyé.
people-email-wrong = Ce n’est pas une adresse e-mail.
people-send-code = M’envoyer un code
people-use-passkey = Utiliser une clé d’accès
people-passkey-without = Une clé d’accès demande un navigateur avec JavaScript. Sans lui, utilisez un code.
people-passkey-refused = Cette clé d’accès n’a pas été acceptée. Utilisez un code, ou réessayez.
people-not-sent = Le code n’a pas pu être envoyé. Réessayez dans un instant.
people-not-before =
    { $minutes ->
        [one] Trop de codes. Réessayez dans une minute.
       *[other] Trop de codes. Réessayez dans { $minutes } minutes.
    }
people-sent = Un code est en route vers { $reach }.

people-code-title = Saisissez votre code
people-code = Code
people-code-hint = Six chiffres, valables dix minutes, dans ce navigateur seulement.
people-code-form = Un code a six chiffres.
people-code-wrong =
    { $left ->
        [0] Ce n’est pas le code. Demandez-en un autre.
        [one] Ce n’est pas le code. Vous pouvez essayer encore une fois.
       *[other] Ce n’est pas le code. Vous pouvez essayer encore { $left } fois.
    }
people-code-over = Ce code ne peut plus être utilisé. Demandez-en un autre.
people-another-code = Envoyer un autre code
people-go-on = Continuer
people-suspended = Ce compte est suspendu. Contactez-nous.
people-signed-out = Vous êtes déconnecté.

## Une nouvelle preuve

people-confirm-title = Est-ce bien vous ?
people-confirm-why = Avant de toucher à l’argent ou aux clés, nous vérifions que c’est toujours vous.
people-confirm-send = Envoyer un code à { $reach }

## Ouvrir un compte

people-welcome-title = Ouvrir un compte
people-welcome-reach = On vous joint à { $reach }. Aucun compte n’y est encore lié.
people-name = Votre nom
people-name-hint = Vous seul le voyez.
people-name-wrong = Un nom tient sur une ligne de 120 caractères au plus.
people-needed = C’est nécessaire.
people-business = Nom de votre commerce
people-business-hint = Celui que connaît votre banque : vous êtes payé sous ce nom, et vos clients le voient.
people-business-wrong = Un nom tient sur une ligne de 120 caractères au plus.
people-iban = IBAN
people-iban-hint = Le compte bancaire sur lequel vous êtes payé.
people-iban-wrong = Ce n’est pas un IBAN. Vérifiez chaque chiffre.
people-bic = BIC
people-bic-wrong = Ce n’est pas un BIC : 8 ou 11 lettres et chiffres.
people-terms-consumer = J’accepte les conditions : vous payez avec ce que vous avez versé, et pouvez fermer le compte à tout moment.
people-terms-merchant = J’accepte les conditions : les frais sont prélevés sur vos ventes, et le reste est versé sur votre compte bancaire.
people-terms-needed = Sans les conditions, pas de compte.
people-open-account = Ouvrir le compte
people-taken = Un compte existe, ou a existé, avec cette adresse. Contactez-nous.
people-invited = { $merchant } vous invite dans son équipe ({ $role }).
people-join = Rejoindre l’équipe
people-role-owner = propriétaire
people-role-manager = gérant
people-role-viewer = lecteur

## Téléphones et clés

people-keys-title = Téléphones et clés
people-passkeys = Clés d’accès
people-passkeys-why = Une clé d’accès prouve qui vous êtes par votre empreinte, votre visage ou le code de votre appareil. Rien de secret n’en sort.
people-passkey = Clé d’accès
people-key-name = Nom
people-key-name-hint = Pour la reconnaître.
people-key-since = Ajoutée
people-key-used = Dernier usage
people-never-used = jamais
people-add-passkey = Ajouter une clé d’accès
people-key-added = La clé d’accès est ajoutée.
people-key-refused = La clé d’accès n’a pas été ajoutée. Peut-être est-elle déjà là.
people-key-removed = La clé d’accès est retirée.
people-remove-key = Retirer { $key }
people-sessions = Où vous êtes connecté
people-device = Appareil
people-some-device = Appareil inconnu
people-this-device = celui-ci
people-how = Par
people-by-passkey = clé d’accès
people-by-code = code
people-since = Depuis
people-seen = Vu
people-end-session = Déconnecter { $device }
people-end-others = Déconnecter partout ailleurs
people-session-ended = L’appareil est déconnecté.
people-sessions-ended = Vous êtes déconnecté partout ailleurs.

## Nom et adresses

people-account-title = Nom et adresses
people-phone = Numéro de téléphone
people-rename = Changer le nom
people-renamed = Le nom est changé.
people-move = Être joint ailleurs
people-move-how = Un code part à la nouvelle adresse, et l’actuelle en est avertie. Elle remplace une adresse du même genre.
people-new-reach = Nouvelle adresse e-mail ou nouveau numéro
people-new-email = Nouvelle adresse e-mail
people-reach-changed = Vous êtes joint à cette adresse désormais. Tous vos autres appareils sont déconnectés.
people-reach-taken = Il y a déjà un compte avec cette adresse.
people-remove-reach = Retirer une adresse
people-remove-reach-how = De deux adresses, l’une peut être retirée ; les deux en sont averties. Les codes partent à l’autre, avec laquelle vous vous connectez.
people-remove-email = Retirer l’adresse e-mail
people-remove-phone = Retirer le numéro de téléphone
people-reach-removed = L’adresse est retirée. Tous vos autres appareils sont déconnectés.
people-reach-last = C’est la dernière adresse avec laquelle vous pouvez vous connecter. Ajoutez-en d’abord une autre.

## Ce qui échoue

people-first-page = Aller à la première page
people-request = Si vous nous écrivez, citez la demande { $id }.
people-forbidden-title = Non autorisé
people-forbidden = Vous n’en avez pas le droit. Quelqu’un qui l’a peut vous le donner.
people-not-found-title = Rien ici
people-not-found = Il n’y a rien à cette adresse, ou ce n’est pas à vous.
people-forged-title = Réessayez
people-forged = Cette page est restée ouverte trop longtemps, ou ne venait pas d’ici. Rien n’a été fait. Ouvrez-la à nouveau.
people-invalid-title = C’est incompréhensible
people-invalid = Il manque quelque chose dans ce qui a été envoyé. Rien n’a été fait.
people-too-many-title = Un instant
people-too-many = C’était trop souvent. Réessayez dans un instant.
people-unavailable-title = En panne pour un instant
people-unavailable = Quelque chose de nécessaire ne répond pas. Réessayez dans un instant.
people-internal-title = Notre erreur
people-internal = Quelque chose a échoué chez nous. C’est noté, et quelqu’un va regarder.

## Lettres et messages

people-letter-subject = Votre code
people-letter-code = Votre code est { $code }. Il est valable dix minutes, dans le navigateur où vous l’avez demandé.
people-letter-beware = Personne d’autre n’en a besoin : nous ne le demandons jamais par téléphone ou par courrier. Si vous ne l’avez pas demandé, ne faites rien.
people-text-code = { $code } est votre code Meteore, valable 10 minutes. Ne le dites à personne.
people-letter-invitation = { $merchant } vous invite dans son équipe
people-letter-invited = { $merchant } vous a invité dans son équipe chez Meteore.
people-letter-join = Connectez-vous à { $address } avec cette adresse dans les sept jours.
people-letter-moved-subject = Votre adresse a été changée
# $reach: a part of an e-mail address or phone number.
people-letter-moved = Votre compte chez Meteore est désormais joint à { $reach }.
people-letter-moved-beware = Si ce n’est pas vous, quelqu’un d’autre utilise votre compte : contactez-nous tout de suite.
# $reach: a part of an e-mail address or phone number. At most 160 characters with it.
people-text-moved = Votre compte Meteore est maintenant joint à { $reach }. Pas vous ? Contactez-nous tout de suite.
# $merchant: its name.
people-note-paid-subject = Vous avez payé { $merchant }
people-note-little-subject = Il reste peu
# $amount: what was paid. $merchant: its name. $at: when. $item: what was bought.
people-note-paid = Vous avez payé { $amount } à { $merchant }, { $at } : { $item }.
# $amount: the bound.
people-note-little = Il reste moins de { $amount } sur votre compte, ou de votre plafond.
# $address: where all of it is.
people-note-where = Voir { $address }
people-note-why = Vous avez demandé ce message. Il se désactive là où il a été activé : Alertes et centres d’intérêt.
