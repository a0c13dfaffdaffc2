"""Five ways to compute one loss, and the logits at which each becomes wrong, infinite or dead."""

from ui import stability
from ui.page import begin

TITLE = "Precision"
ICON = ":material/error_med:"
SECTION = "Check it"
RANK = 21

begin("precision", TITLE)
stability.panel()
