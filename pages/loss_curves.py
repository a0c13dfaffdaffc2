"""Value and gradient of every loss over the logit, moving under your hand."""

from ui.loss_curves import chart
from ui.shared.page import begin

TITLE = "Loss curves"
ICON = ":material/show_chart:"
SECTION = "What they do"
RANK = 3

begin("loss_curves", TITLE)
chart.show()
