"""Which weight is left in small batches, trained before your eyes."""

from ui.batch_size import chart
from ui.shared.page import begin

TITLE = "Weights in small batches"
ICON = ":material/grid_view:"
SECTION = "What they do"
RANK = 5

begin("batch_size", TITLE)
chart.show()
