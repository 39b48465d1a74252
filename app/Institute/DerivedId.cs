using System.Security.Cryptography;
using System.Text;

namespace Crm.Institute;

/// <summary>
/// Ids made of what a thing says, so that it is known again wherever it is made anew. Whoever knows the words can make the id as well: so
/// these are ids of a kind of their own (version 8 of RFC 9562), and no form is taken by one.
/// </summary>
public static class DerivedId
{
    private const int Kind = 8;

    /// <returns>The same for the same words in the same order.</returns>
    public static Guid Of(params IEnumerable<string> words)
    {
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001F', words)), id);
        id[6] = (byte)((id[6] & 0x0F) | (Kind << 4));
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id[..16], bigEndian: true);
    }

    public static bool Is(Guid id) => id.Version == Kind;
}
