"""Step six."""

from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState


class ChangesPanel(StepPanel):
    """A new layer, always."""

    step = Step.CHANGES

    def report(self) -> StepReport:
        """Tell that nothing is compared."""
        return StepReport(StepState.NOTHING, "A new layer")
