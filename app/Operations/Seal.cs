using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Operations;

/// <summary>
/// What begins an encrypted archive: by it the key is made of the passphrase, and a wrong passphrase is told from a damaged file.
/// </summary>
internal sealed class Seal : IDisposable
{
    public const int Length = 64, ChunkSize = 1 << 16, TagSize = 16;

    // Each guess at a passphrase costs as many rounds; this takes a third of a second.
    private const int Rounds = 600_000, FewestRounds = 100_000, MostRounds = 10_000_000;
    private const int SaltAt = 12, SaltSize = 16, TagAt = 28, SumAt = 44, SumSize = 20, NonceSize = 12;

    private static readonly byte[] Magic = "ENROLBK1"u8.ToArray();

    private readonly AesGcm _key;
    private readonly byte[] _header;

    private Seal(AesGcm key, byte[] header) => (_key, _header) = (key, header);

    public ReadOnlySpan<byte> Header => _header;

    public static Seal Make(string passphrase)
    {
        var header = new byte[Length];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(Magic.Length), Rounds);
        RandomNumberGenerator.Fill(header.AsSpan(SaltAt, SaltSize));
        var key = KeyOf(passphrase, header, Rounds);
        // Nothing, encrypted: whoever has the key can tell that they have it.
        key.Encrypt(Nonce(long.MaxValue, last: false), [], [], header.AsSpan(TagAt, TagSize), header.AsSpan(0, TagAt));
        SumOf(header).CopyTo(header.AsSpan(SumAt));
        return new Seal(key, header);
    }

    public static bool IsOn(ReadOnlySpan<byte> beginning) => beginning.StartsWith(Magic);

    /// <exception cref="BackupException">The passphrase is wrong, or the beginning is damaged.</exception>
    public static Seal Open(byte[] header, string passphrase)
    {
        var rounds = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(Magic.Length));
        if (!SumOf(header).AsSpan().SequenceEqual(header.AsSpan(SumAt)) || rounds is < FewestRounds or > MostRounds)
            throw new BackupException("The beginning of this backup is damaged: it cannot be opened with any passphrase.");
        var key = KeyOf(passphrase, header, rounds);
        try
        {
            key.Decrypt(Nonce(long.MaxValue, last: false), [], header.AsSpan(TagAt, TagSize), [], header.AsSpan(0, TagAt));
            return new Seal(key, header);
        }
        catch (AuthenticationTagMismatchException e)
        {
            key.Dispose();
            throw new BackupException("This is not the passphrase that this backup was made with.", e);
        }
    }

    /// <param name="into">As long as the text, and a tag.</param>
    public void Encrypt(long chunk, bool last, ReadOnlySpan<byte> text, Span<byte> into) =>
        _key.Encrypt(Nonce(chunk, last), text, into[..text.Length], into.Slice(text.Length, TagSize), _header);

    /// <exception cref="BackupException">This is not what was written there.</exception>
    public void Decrypt(long chunk, bool last, ReadOnlySpan<byte> from, Span<byte> text)
    {
        try
        {
            _key.Decrypt(Nonce(chunk, last), from[..^TagSize], from[^TagSize..], text, _header);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new BackupException("This backup is damaged, or a part of it is missing. Use another one.", e);
        }
    }

    public void Dispose() => _key.Dispose();

    private static AesGcm KeyOf(string passphrase, byte[] header, int rounds) =>
        new(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Normalize()), header.AsSpan(SaltAt, SaltSize), rounds,
            HashAlgorithmName.SHA256, 32), TagSize);

    private static byte[] SumOf(byte[] header) => SHA256.HashData(header.AsSpan(0, SumAt)).AsSpan(0, SumSize).ToArray();

    // No two chunks of a key have one: each file has a salt, and so a key, of its own. The last chunk says that it is.
    private static byte[] Nonce(long chunk, bool last)
    {
        var nonce = new byte[NonceSize];
        BinaryPrimitives.WriteInt64BigEndian(nonce, chunk);
        nonce[^1] = last ? (byte)1 : (byte)0;
        return nonce;
    }
}
