using SkiaSharp;

namespace Crm.Pdf;

/// <summary>A text in several styles, one span after the other.</summary>
public sealed class TextDescriptor
{
    internal List<TextSpan> Spans { get; } = [];

    public TextSpan Span(string text) => Add(text, SpanKind.Text);
    public TextSpan CurrentPageNumber() => Add("", SpanKind.PageNumber);
    public TextSpan TotalPages() => Add("", SpanKind.TotalPages);

    private TextSpan Add(string text, SpanKind kind)
    {
        var span = new TextSpan(text, kind);
        Spans.Add(span);
        return span;
    }
}

/// <summary>A text in one style: 10 points, regular, dark grey where nothing else is said. A line feed begins a new line.</summary>
public sealed class TextSpan
{
    private readonly string _text;
    private readonly SpanKind _kind;
    private TextStyle _style = new();

    internal TextSpan(string text, SpanKind kind) => (_text, _kind) = (text, kind);

    public TextSpan FontSize(float points) => With(_style with { Size = points });
    public TextSpan SemiBold() => With(_style with { Weight = Weight.SemiBold });
    public TextSpan Bold() => With(_style with { Weight = Weight.Bold });
    public TextSpan FontColor(string hex) => With(_style with { Color = (uint)SKColor.Parse(hex) });
    public TextSpan LineHeight(float factor) => With(_style with { LineHeight = factor });

    internal Span Build() => new(_text, _style, _kind);

    private TextSpan With(TextStyle style)
    {
        _style = style;
        return this;
    }
}
