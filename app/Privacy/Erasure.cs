using System.Text.Json.Serialization;
using Crm.Operations;

namespace Crm.Privacy;

/// <summary>Why somebody was erased.</summary>
public enum ErasureReason
{
    /// <summary>They asked for it.</summary>
    Asked,

    /// <summary>Their time was over: see <see cref="Retention"/>.</summary>
    TimeOver,
}

/// <summary>That somebody was erased: under which number, when and why, and which papers the law wants kept. It names nobody.</summary>
public sealed class Erasure
{
    /// <summary>Its number, such as <c>E-0001</c>: it stands on what is left.</summary>
    public string Id { get; set; } = "";

    /// <summary>The record that went on.</summary>
    public Guid Person { get; set; }

    /// <summary>The records that had given way to it, and went with it.</summary>
    public List<Guid> GaveWay { get; set; } = [];
    public DateTimeOffset At { get; set; }
    public string By { get; set; } = "";
    public ErasureReason Why { get; set; }

    /// <summary>How many things of each sort were emptied or deleted.</summary>
    public Dictionary<string, int> Counts { get; set; } = [];

    /// <summary>The numbers of the receipts, invoices and credit notes that are kept.</summary>
    public List<string> Kept { get; set; } = [];

    /// <summary>Those of them that name nobody any more, because no law asks for it: see <see cref="OldPapers"/>.</summary>
    public List<string> LetGo { get; set; } = [];

    /// <summary>Files that could not be deleted yet.</summary>
    public List<string> Files { get; set; } = [];

    /// <summary>How many lines of the audit are about the person: they name an id, and stay.</summary>
    public int AuditLines { get; set; }

    [JsonIgnore] public ListedErasure Listed => new(Id, Person, At, Why.ToString()) { GaveWay = GaveWay };

    public static string NumberOf(int count) => $"E-{count:0000}";
}
