namespace Crm.Pdf;

/// <summary>Items one below the other.</summary>
public sealed class ColumnDescriptor
{
    internal List<Element> Items { get; } = [];
    internal float Gap { get; private set; }

    public void Spacing(float points) => Gap = points;

    public IContainer Item()
    {
        var slot = new Slot();
        Items.Add(slot);
        return slot;
    }
}

/// <summary>Items one beside the other; what constant (points) and automatic items leave is shared by the relative ones.</summary>
public sealed class RowDescriptor
{
    internal List<Cell> Cells { get; } = [];
    internal float Gap { get; private set; }

    public void Spacing(float points) => Gap = points;
    public IContainer RelativeItem(float share = 1) => Add(share, null);
    public IContainer ConstantItem(float points) => Add(null, points);
    public IContainer AutoItem() => Add(null, null);

    private Slot Add(float? share, float? points)
    {
        var slot = new Slot();
        Cells.Add(new Cell(slot, share, points));
        return slot;
    }
}

/// <summary>
/// Rows of cells under a header that stands on every page. A row is kept whole where that leaves no more than a tenth of a page empty.
/// </summary>
public sealed class TableDescriptor
{
    private readonly TableColumnsDescriptor _columns = new();
    private readonly TableCellsDescriptor _header = new();
    private readonly TableCellsDescriptor _body = new();
    private Slot? _closing;
    private int _together = 1;

    public void ColumnsDefinition(Action<TableColumnsDescriptor> build) => build(_columns);
    public void Header(Action<TableCellsDescriptor> build) => build(_header);
    public IContainer Cell() => _body.Cell();

    /// <summary>Whether the next cell is the first of its row.</summary>
    internal bool BeginsRow => _body.Slots.Count % _columns.Widths.Count == 0;

    /// <summary>What stands below the last row, across all columns, and on the page of the last rows.</summary>
    /// <param name="rows">How many of them, where that can be.</param>
    public IContainer Closing(int rows)
    {
        (_closing, _together) = (new Slot(), rows + 1);
        return _closing;
    }

    internal Element Build()
    {
        var header = _header.Slots.Count == 0 ? null : RowOf(_header.Slots);
        IEnumerable<Element> rows = _body.Slots.Chunk(_columns.Widths.Count).Select(RowOf);
        return new Grid(header, [.. rows, .. _closing is null ? [] : new Element[] { new Unbroken(_closing) }], _together);
    }

    private SideBySide RowOf(IEnumerable<Slot> cells) =>
        new([.. cells.Select((c, i) => new Cell(c, _columns.Widths[i].Share, _columns.Widths[i].Points))], 0);
}

/// <summary>The widths of a table's columns: points, or shares of what is left.</summary>
public sealed class TableColumnsDescriptor
{
    internal List<(float? Share, float? Points)> Widths { get; } = [];

    public void RelativeColumn(float share = 1) => Widths.Add((share, null));
    public void ConstantColumn(float points) => Widths.Add((null, points));
}

/// <summary>Cells in reading order, as many to a row as there are columns.</summary>
public sealed class TableCellsDescriptor
{
    internal List<Slot> Slots { get; } = [];

    public IContainer Cell()
    {
        var slot = new Slot();
        Slots.Add(slot);
        return slot;
    }
}
