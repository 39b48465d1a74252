using RazorSlices;

namespace Crm.Web;

/// <summary>Something that staff are to know on whichever page they are. Rooms above register theirs.</summary>
public interface IStaffNotice
{
    /// <returns>Null where there is nothing to tell to whoever asks.</returns>
    Task<RazorSlice?> ShowAsync(HttpContext http);
}
