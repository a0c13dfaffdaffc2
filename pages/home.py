"""What lossviz answers, with a chart that moves and doors to the pages."""

from ui.home import resting_chart
from ui.shared.page import begin, doors

TITLE = "lossviz"
ICON = ":material/home:"
SECTION = ""
RANK = 0

begin("home", TITLE, without_torch=True)
resting_chart.show()
doors()
