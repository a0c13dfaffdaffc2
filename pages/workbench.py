"""Type logits and targets, and see every loss and gradient, element by element."""

from ui.shared.page import begin
from ui.workbench import workbench

TITLE = "Workbench"
ICON = ":material/grid_on:"
SECTION = "Check it"
RANK = 20

begin("workbench", TITLE)
case = workbench.chosen_case()
workbench.settle(case)
workbench.bench(case)
