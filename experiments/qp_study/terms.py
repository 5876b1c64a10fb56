"""The terms of a study, for its page."""


def definitions(paper: int, bd_method: str) -> dict[str, str]:
    """Definitions by term."""
    return {
        "δ": "QP of the key frames less the base QP of the LR frames. All LR frames of a stream"
        " have it; offsets within the stream (h…) come on top, and those that the codec itself"
        " gives its picture types.",
        "BD-rate of a δ": "Bjøntegaard delta rate over PSNR-Y of the curve of this δ at all QPs,"
        f" against the plain codec on all frames at source resolution ({bd_method}). Negative: a"
        " saving.",
        "Common interval": "The usual BD-rate is taken over the PSNR that a curve has in common"
        " with the anchor. That interval moves with δ: finer LR frames move it up, where"
        " down-sampling saves less. So the same BD-rate is also given over the one interval that"
        " the anchor and all offsets reach. Where the two disagree, the best δ by the usual"
        " BD-rate owes something to its interval.",
        "Best fixed offset": "The δ of the lowest BD-rate. For a class and overall: of the lowest"
        " mean of the sequences' BD-rates, among the δ whose means are of the most sequences.",
        "Gain": f"BD-rate of δ = {paper} less that of the best δ, both against the anchor, in"
        f" percentage points. Against δ = {paper}: the BD-rate with the curve of δ = {paper} as"
        " its anchor, over what these two have in common.",
        "Lower convex hull": "Of all pairs of QPs of a sequence, in the plane of PSNR-Y over rate:"
        " the points above every line between two others, from the lowest rate to the highest"
        " PSNR. It is what a choice of both QPs at each rate can reach; pairs on it need not have"
        " one δ.",
        "Best offset at a rate": "At the rate of each anchor point, the δ whose curve (log10 of"
        " the rate, as for BD) has the highest PSNR-Y. Curves are not extrapolated: only offsets"
        " that reach the rate are compared.",
        "Heat map": "Rate of a pair of QPs over the anchor's rate at the same PSNR-Y, less 100 %."
        " A dash: the anchor has no such PSNR. (n): mean over n sequences only. The frame is the"
        " lowest rate difference of a key-frame QP; pairs of one column differ in rate and PSNR.",
    }
