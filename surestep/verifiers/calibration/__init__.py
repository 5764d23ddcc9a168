"""What a confidence is worth: calibrated on outcomes, and held against what asking costs.

What is offered here loads neither numpy nor scipy; fitting (`fit`) and measuring (`measure`) do,
and are imported from their modules by whoever fits or measures.
"""

from surestep.verifiers.calibration.calibrator import Calibrator, Method
from surestep.verifiers.calibration.change import Handling, Logged, ThresholdChange, propose
from surestep.verifiers.calibration.labelled import Labelled
from surestep.verifiers.calibration.tiers import Tier, Tiers

__all__ = [
    "Calibrator",
    "Handling",
    "Labelled",
    "Logged",
    "Method",
    "ThresholdChange",
    "Tier",
    "Tiers",
    "propose",
]
