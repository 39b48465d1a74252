namespace Crm.Web;

/// <summary>A key, or several that are pressed one beside the other, and what they do.</summary>
/// <param name="Keys">As they stand on the keyboard.</param>
public sealed record KeyLine(IReadOnlyList<string> Keys, string Does);

/// <summary>The keys that are heard somewhere.</summary>
public sealed record KeyGroup(string Where, IReadOnlyList<KeyLine> Lines);

/// <summary>All keys of the desk, as they are explained by <c>?</c>. What is not here is done as anywhere: by Tab, Space and Enter.
/// </summary>
public static class KeyBook
{
    public static readonly IReadOnlyList<KeyGroup> Groups =
    [
        new("Everywhere",
        [
            new(["Ctrl", "K"], "Search, go somewhere, or do something"), new(["/"], "The same"), new(["?"], "These keys"),
            new(["Tab"], "From one thing to the next"), new(["Esc"], "Close, or give up"),
        ]),
        new("Today, with somebody open",
        [
            new(["J"], "The next to be called"), new(["K"], "The one before"), new(["D"], "Dial"), new(["W"], "Write what was said"),
            new(["N"], "No answer"), new(["B"], "Busy"), new(["C"], "Call back, at the time given"), new(["I"], "Interested"),
            new(["X"], "Not interested"), new(["U"], "Undo what was just done"), new(["Esc"], "Leave the writing"),
        ]),
        new("The list",
        [
            new(["J"], "The next row"), new(["K"], "The row before"), new(["X"], "Tick it"), new(["Enter"], "Open it"),
        ]),
        new("The pipeline",
        [
            new(["↑", "↓"], "From lead to lead"), new(["←", "→"], "To the lane beside"), new(["Shift", "←"], "Move it a lane back"),
            new(["Shift", "→"], "Move it a lane on"), new(["Enter"], "Open it"),
        ]),
        new("A person's page",
        [
            new(["J"], "The next lead of the list it was opened from"),
            new(["K"], "The one before it in that list"),
            new(["W"], "Write what was said"), new(["Ctrl", "Enter"], "Keep what was written"), new(["Esc"], "Leave the writing"),
            new(["Enter"], "On a fact: change it in its place"), new(["Esc"], "Leave it as it was"),
        ]),
    ];
}
