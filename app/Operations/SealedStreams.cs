namespace Crm.Operations;

/// <summary>Encrypts what is written to it, in chunks of which each knows its place, so that none can be left out or exchanged.</summary>
internal sealed class SealingStream(Stream file, Seal seal) : Stream
{
    private readonly byte[] _text = new byte[Seal.ChunkSize], _sealed = new byte[Seal.ChunkSize + Seal.TagSize];
    private int _filled;
    private long _chunk = -1, _written;
    private bool _ended;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_chunk < 0) Begin();
        _written += buffer.Length;
        while (buffer.Length > 0)
        {
            if (_filled == _text.Length) WriteChunk(last: false);
            var part = Math.Min(buffer.Length, _text.Length - _filled);
            buffer[..part].CopyTo(_text.AsSpan(_filled));
            _filled += part;
            buffer = buffer[part..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span); // into the file's own buffer, mostly
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes the last chunk: what ends without one is not whole.</summary>
    public void End()
    {
        if (_chunk < 0) Begin();
        WriteChunk(last: true);
        _ended = true;
    }

    public override void Flush()
    {
        if (_ended) file.Flush();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    private void Begin()
    {
        file.Write(seal.Header);
        _chunk = 0;
    }

    private void WriteChunk(bool last)
    {
        seal.Encrypt(_chunk++, last, _text.AsSpan(0, _filled), _sealed);
        file.Write(_sealed.AsSpan(0, _filled + Seal.TagSize));
        _filled = 0;
    }
}

/// <summary>Decrypts any part of what <see cref="SealingStream"/> wrote.</summary>
internal sealed class UnsealingStream : Stream
{
    private const int Whole = Seal.ChunkSize + Seal.TagSize;

    private readonly Stream _file;
    private readonly Seal _seal;
    private readonly byte[] _text = new byte[Seal.ChunkSize], _sealed = new byte[Whole];
    private readonly long _chunks, _length;
    private long _at, _chunk = -1;

    /// <exception cref="BackupException">Its end is missing.</exception>
    public UnsealingStream(Stream file, Seal seal)
    {
        (_file, _seal) = (file, seal);
        var rest = file.Length - Seal.Length;
        _chunks = (rest + Whole - 1) / Whole;
        _length = Math.Max(0, rest - _chunks * Seal.TagSize);
        Load(Math.Max(0, _chunks - 1));
    }

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => _length;

    public override long Position
    {
        get => _at;
        set => _at = value;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_at >= _length || buffer.Length == 0) return 0;
        if (_at / Seal.ChunkSize != _chunk) Load(_at / Seal.ChunkSize);
        var inside = (int)(_at % Seal.ChunkSize);
        var part = Math.Min(buffer.Length, SizeOf(_chunk) - inside);
        _text.AsSpan(inside, part).CopyTo(buffer);
        _at += part;
        return part;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => _at = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _at,
        _ => _length,
    };

    public override void Flush() { }
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int SizeOf(long chunk) => (int)Math.Min(Seal.ChunkSize, _length - chunk * Seal.ChunkSize);

    private void Load(long chunk)
    {
        var size = Math.Max(0, SizeOf(chunk));
        _file.Position = Seal.Length + chunk * Whole;
        if (_file.ReadAtLeast(_sealed.AsSpan(0, size + Seal.TagSize), size + Seal.TagSize, throwOnEndOfStream: false) < size + Seal.TagSize)
            throw new BackupException("The end of this backup is missing. Use another one.");
        _seal.Decrypt(chunk, chunk == _chunks - 1, _sealed.AsSpan(0, size + Seal.TagSize), _text.AsSpan(0, size));
        _chunk = chunk;
    }
}
