using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Crm.Web;

/// <summary>How text becomes HTML.</summary>
public static class Html
{
    /// <summary>Encodes what HTML could take for markup; letters of every script stand as themselves.</summary>
    public static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
}
