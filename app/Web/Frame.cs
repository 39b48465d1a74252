namespace Crm.Web;

/// <summary>Somewhere to go to from every page.</summary>
/// <param name="Section">By which a page says that it is this place; see <see cref="PageInfo"/>.</param>
/// <param name="Icon">Its name in the sprite that <c>bundle.mjs</c> makes.</param>
/// <param name="Count">How many wait there for whoever looks; 0 is not shown.</param>
/// <param name="Waiting">What those are, in words, such as "overdue".</param>
public sealed record Place(string Section, string Text, string Address, string Icon, int Count = 0, string Waiting = "")
{
    /// <summary>How many are counted at most: beyond it nobody reads the number.</summary>
    public const int Most = 99;

    public string Total => Count > Most ? $"{Most}+" : $"{Count}";
}

/// <summary>What stands around every page of staff.</summary>
/// <param name="Daily">What everybody needs every day.</param>
/// <param name="Office">What is needed now and then.</param>
/// <param name="Views">The saved views of the list of leads.</param>
/// <param name="Section">Of the present page.</param>
public sealed record FrameView(
    IReadOnlyList<Place> Daily, IReadOnlyList<Place> Office, IReadOnlyList<Place> Views, string Section = "")
{
    /// <summary>How many saved views stand in the frame and above the list: more would push the list out of sight. Search finds all of
    /// them, and they have a page.</summary>
    public const int MostViews = 12;

    public PlaceView Link(Place place) => new(place, place.Section == Section);

    /// <summary>A place of every day, for the bar on a phone.</summary>
    public Place Of(string section) => Daily.First(p => p.Section == section);
}

/// <param name="Here">Whether it is where one is.</param>
public sealed record PlaceView(Place Place, bool Here);

/// <summary>Draws the frame for whoever asks. The desk, which knows what waits, is one.</summary>
public interface IFrame
{
    Task<FrameView> ShowAsync(HttpContext http);
}
