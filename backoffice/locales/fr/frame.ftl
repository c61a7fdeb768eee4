### Ce qui entoure chaque page, dans chaque portail.

frame-skip = Aller au contenu
frame-menu = Menu
frame-languages = Langues
frame-pages = Pages
frame-leave = Se déconnecter
frame-test = Mode test : aucun argent réel ne circule
frame-live = Mode réel : de l’argent réel circule
frame-as-table = Sous forme de tableau
frame-optional = facultatif
# La première entrée d’une liste où l’on choisit.
frame-choose = Choisir…
frame-copy = Copier
frame-copied = Copié
# Quand quelqu’un a fermé la question du navigateur, ou l’a laissée trop longtemps sans réponse.
frame-cancelled = Aucune clé d’accès n’a été utilisée. Réessayez ou choisissez un autre moyen.
# Un moment de ce jour, et de la veille.
frame-today = aujourd’hui à { $time }
frame-yesterday = hier à { $time }
