using Crm.Pdf;
using Crm.Web;

namespace Crm.Messaging;

/// <summary>Documents that staff look at, and the texts they are made of: what no font can draw is said to staff, and reaches nobody
/// else.</summary>
public static class Papers
{
    /// <summary>Answers with a document, or with a page that says which characters stand in its way.</summary>
    /// <param name="back">The address to correct it at.</param>
    public static async Task<IResult> AnswerAsync(Task<AttachedFile?> made, string back)
    {
        try
        {
            return await made is { } file ? Results.File(file.Content, file.ContentType, file.Name) : Results.NotFound();
        }
        catch (MissingGlyphException e)
        {
            return new NoticeAnswer(new Notice("This document cannot be made",
                $"{e.Message} Write it in other letters; a name can be given as it stands on certificates.", "Back", back),
                StatusCodes.Status422UnprocessableEntity);
        }
    }

    /// <returns>Why no document can show a text, in a sentence; null where each can.</returns>
    public static string? WhyNot(string text) => Glyphs.MissingFrom(text) is { Count: > 0 } missing
        ? $"Documents cannot show {string.Join(", ", missing.Select(MissingGlyphException.NameOf))}: no font here has it."
        : null;

    /// <summary>Refuses texts that documents would be made of and cannot be.</summary>
    public static void MustBeDrawable(this Form form, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (WhyNot(form[field]) is { } why) form.Refuse(field, why);
    }
}
