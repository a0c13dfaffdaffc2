"""What a score means after weighting, which threshold to use, and how to undo it."""

from ui.scores import chart
from ui.shared.page import begin

TITLE = "What a score means"
ICON = ":material/speed:"
SECTION = "What they do"
RANK = 6

begin("scores", TITLE)
chart.show()
