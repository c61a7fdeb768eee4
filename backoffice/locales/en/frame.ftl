### What stands around every page, in every portal.

frame-skip = Skip to the content
frame-menu = Menu
frame-languages = Languages
frame-pages = Pages
frame-leave = Sign out
frame-test = Test mode: no real money moves
frame-live = Live: real money moves
frame-as-table = As a table
frame-optional = optional
# The first entry of a list from which one is chosen.
frame-choose = Choose…
frame-copy = Copy
frame-copied = Copied
# When somebody closed the browser's question for a passkey, or let it wait too long.
frame-cancelled = No passkey was used. Try again, or choose another way.
# A moment of this day, and of the day before.
frame-today = today { $time }
frame-yesterday = yesterday { $time }
