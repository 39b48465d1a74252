namespace Crm.Pdf;

/// <summary>Goes onto one page whole, or onto the next.</summary>
internal sealed class Whole(Element child) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page) =>
        Child.Fit(width, height, page) is { Rest: null } fitted ? fitted : null;

    protected override Element Around(Element other) => new Whole(other);
}

/// <summary>Goes onto the next page where it would stand whole there, and not here; what is taller than a page begins at once.</summary>
internal sealed class Unbroken(Element child) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var here = Child.Fit(width, height, page);
        return here is { Rest: null } || Child.Fit(width, page.Height, page) is not { Rest: null } ? here : null;
    }

    protected override Element Around(Element other) => new Unbroken(other);
}

/// <summary>In a column: does not stay behind when nothing of what follows fits below it.</summary>
internal sealed class KeptWithNext(Element child) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page) => Child.Fit(width, height, page);

    protected override Element Around(Element other) => new KeptWithNext(other);
}

/// <summary>In a column: what follows begins a new page.</summary>
internal sealed class Break : Element
{
    public override Fitted? Fit(float width, float height, PageContext page) => new(0, (_, _, _, _) => { }, new Slot());
}
