namespace Crm.Web;

/// <summary>The form of one act, as its panel shows it.</summary>
/// <param name="Action">Where it is posted to.</param>
/// <param name="Title">What the folded panel is called.</param>
/// <param name="Prefix">Stands before the ids of the fields.</param>
/// <param name="Kind">How a card of its own looks, such as "next overdue".</param>
public sealed record ActView(string Action, Form Form, string Title, bool IsOpen, string Prefix, string Kind = "")
{
    public Fields Fields => Fields.For(Form, Prefix.Replace('/', '-'));

    /// <summary>Whether it asks for this fact: a form in the place of one asks for no other.</summary>
    public bool Asks(string fact) => Form[Form.Fact].Length == 0 || Form[Form.Fact] == fact;

    /// <summary>An act's form may stand in its panel and in the place of a fact on one page.</summary>
    public static string PrefixOf(string path, string? fact) => fact is null ? path : "fact-" + path;
}

/// <summary>What stands inside an act's form, in a panel that folds.</summary>
public interface IPanelBody
{
    ActView Act { get; }
}

/// <summary>What stands inside an act's form, in a card of its own.</summary>
public interface ICardBody
{
    ActView Act { get; }
}

/// <summary>An act's form around its body: RazorSlices gives partials no layout.</summary>
public sealed record ActFrame(ActView Act, RazorSlices.RazorSlice Body)
{
    /// <returns>The body in its frame; one that brings its own form, as it is.</returns>
    public static RazorSlices.RazorSlice Around(RazorSlices.RazorSlice body) => body switch
    {
        IPanelBody panel => ActPanel.Create(new ActFrame(panel.Act, body)),
        ICardBody card => ActCard.Create(new ActFrame(card.Act, body)),
        _ => body,
    };
}
