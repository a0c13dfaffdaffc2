"""Five ways to compute one loss, and the logits at which each becomes wrong, infinite or dead."""

from ui.shared import stability
from ui.shared.page import begin

TITLE = "Precision"
ICON = ":material/error_med:"
SECTION = "Check it"
RANK = 21

begin("precision", TITLE)
stability.panel()
