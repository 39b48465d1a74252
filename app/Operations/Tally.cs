using System.Security.Cryptography;

namespace Crm.Operations;

/// <summary>Counts and hashes what passes through: bytes, and lines, of which a row of COPY is one.</summary>
internal sealed class Tally : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Bytes { get; private set; }
    public long Lines { get; private set; }

    /// <summary>Of everything that passed; asked for once.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <param name="told">Called with what has passed so far.</param>
    public async Task CopyAsync(Stream from, Stream to, Action<Tally>? told, CancellationToken cancel)
    {
        var buffer = new byte[1 << 17];
        while (await from.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            _hash.AppendData(buffer, 0, read);
            (Bytes, Lines) = (Bytes + read, Lines + buffer.AsSpan(0, read).Count((byte)'\n'));
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            told?.Invoke(this);
        }
    }

    public void Dispose() => _hash.Dispose();
}
