using System.Globalization;

namespace Niwaki;

/// <summary>
/// Reads a pickle (protocols 0 to 5) without executing anything: a stack machine whose only values are plain data, tensors'
/// descriptions and the names in <see cref="PickleGlobals"/>. Recursion and copies never happen, so that a pickle costs no more than its own length.
/// </summary>
/// <param name="stream">At the first byte; afterwards behind the last one.</param>
/// <param name="where">The file, for errors.</param>
/// <param name="persistent">Makes what a persistent id stands for; null if it is none.</param>
internal sealed class PickleMachine(Stream stream, string where, Func<object?, object?>? persistent = null)
{
    private const int MaxBigNumber = 256;
    private const int HighestProtocol = 5;

    // a thousand tensors take some fifty thousand
    private const int MaxInstructions = 4_000_000;
    private const int MaxCopies = 200_000;

    private static readonly object Mark = new();

    private readonly PickleCursor cursor = new(stream, what => Damaged(where, what));
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private long copied;

    /// <summary>The pickled value.</summary>
    /// <exception cref="StageException">Damaged, or it uses a name that no checkpoint needs.</exception>
    public object? Load()
    {
        for (var instructions = 0; ; instructions++)
        {
            if (instructions > MaxInstructions)
                throw new StageException($"{where}: its pickle has more than {MaxInstructions:N0} instructions, which no checkpoint needs. {Advice}");
            var at = stream.Position;
            var code = cursor.Byte();
            if (code == '.')
                return Pop();
            if (!Plain(code) && !Structure(code) && !Objects(code))
                throw Damaged(where, $"has the byte 0x{code:x2} at {at} of its pickle, which is no instruction");
        }
    }

    public static StageException Damaged(string where, string what) => new($"{where}: {what}. The file is damaged, cut or no checkpoint: copy it again.");

    private bool Plain(byte code)
    {
        switch (code)
        {
            case 0x80:
                if (cursor.Byte() is var protocol and > HighestProtocol)
                    throw Damaged(where, $"is pickled with protocol {protocol}; known are 0 to {HighestProtocol}");
                break;
            case 0x95:
                cursor.UInt64();                                                        // a frame is only a hint
                break;
            case (byte)'N':
                stack.Add(null);
                break;
            case 0x88:
                stack.Add(true);
                break;
            case 0x89:
                stack.Add(false);
                break;
            case (byte)'J':
                stack.Add((long)cursor.Int32());
                break;
            case (byte)'K':
                stack.Add((long)cursor.Byte());
                break;
            case (byte)'M':
                stack.Add((long)cursor.UInt16());
                break;
            case 0x8a:
                stack.Add(Long(cursor.Byte()));
                break;
            case 0x8b:
                stack.Add(Long(cursor.UInt32()));
                break;
            case (byte)'I':
                stack.Add(cursor.Line() switch { "00" => false, "01" => true, var text => Text(text) });
                break;
            case (byte)'L':
                stack.Add(Text(cursor.Line().TrimEnd('L')));
                break;
            case (byte)'F':
                stack.Add(double.TryParse(cursor.Line(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : new PickleInert("float"));
                break;
            case (byte)'G':
                stack.Add(cursor.BigEndianDouble());
                break;
            case (byte)'S':
                stack.Add(cursor.Line() is [('\'' or '"') and var quote, .. var inner, var end] && quote == end ? inner : throw Damaged(where, "has a text without quotes in its pickle"));
                break;
            case (byte)'V':
                stack.Add(cursor.Line());
                break;
            case (byte)'T':
                stack.Add(cursor.Latin1((ulong)Math.Max(0, cursor.Int32())));
                break;
            case (byte)'U':
                stack.Add(cursor.Latin1(cursor.Byte()));
                break;
            case (byte)'X':
                stack.Add(cursor.Utf8(cursor.UInt32()));
                break;
            case 0x8c:
                stack.Add(cursor.Utf8(cursor.Byte()));
                break;
            case 0x8d:
                stack.Add(cursor.Utf8(cursor.UInt64()));
                break;
            case (byte)'B':
                stack.Add(cursor.Bytes(cursor.UInt32()));
                break;
            case (byte)'C':
                stack.Add(cursor.Bytes(cursor.Byte()));
                break;
            case 0x8e or 0x96:
                stack.Add(cursor.Bytes(cursor.UInt64()));
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Structure(byte code)
    {
        switch (code)
        {
            case (byte)'(':
                stack.Add(Mark);
                break;
            case (byte)'0':
                Pop();
                break;
            case (byte)'1':
                ToMark();
                break;
            case (byte)'2':
                stack.Add(Top());
                break;
            case (byte)'p':
                Remember(uint.TryParse(cursor.Line(), NumberStyles.None, CultureInfo.InvariantCulture, out var put) ? put : throw Damaged(where, "stores under a number that is none"));
                break;
            case (byte)'q':
                Remember(cursor.Byte());
                break;
            case (byte)'r':
                Remember(cursor.UInt32());
                break;
            case 0x94:
                Remember((uint)memo.Count);
                break;
            case (byte)'g':
                stack.Add(Recall(uint.TryParse(cursor.Line(), NumberStyles.None, CultureInfo.InvariantCulture, out var get) ? get : uint.MaxValue));
                break;
            case (byte)'h':
                stack.Add(Recall(cursor.Byte()));
                break;
            case (byte)'j':
                stack.Add(Recall(cursor.UInt32()));
                break;
            case (byte)']' or 0x8f:
                stack.Add(new List<object?>());
                break;
            case (byte)'l' or 0x91:
                stack.Add(ToMark());
                break;
            case (byte)'}':
                stack.Add(new PickleDictionary());
                break;
            case (byte)'d':
                var entries = ToMark();
                stack.Add(new PickleDictionary());
                Fill(entries);
                break;
            case (byte)')':
                stack.Add(Array.Empty<object?>());
                break;
            case (byte)'t':
                stack.Add(ToMark().ToArray());
                break;
            case 0x85 or 0x86 or 0x87:
                var items = new object?[code - 0x84];
                for (var i = items.Length - 1; i >= 0; i--)
                    items[i] = Pop();
                stack.Add(items);
                break;
            case (byte)'a':
                var item = Pop();
                Append([item]);
                break;
            case (byte)'e' or 0x90:
                Append(ToMark());
                break;
            case (byte)'s':
                var value = Pop();
                Fill([Pop(), value]);
                break;
            case (byte)'u':
                Fill(ToMark());
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Objects(byte code)
    {
        switch (code)
        {
            case (byte)'c':
                var module = cursor.Line();
                stack.Add(Global(module, cursor.Line()));
                break;
            case 0x93:
                var name = Pop();
                stack.Add(Pop() is string from && name is string named ? Global(from, named) : throw Damaged(where, "names a global by something that is no text"));
                break;
            case (byte)'i':
                var classModule = cursor.Line();
                var type = Global(classModule, cursor.Line());
                stack.Add(Call(type, ToMark()));
                break;
            case (byte)'o':
                var all = ToMark();
                stack.Add(Call(all.Count > 0 ? all[0] : null, all.Skip(1).ToArray()));
                break;
            case (byte)'R' or 0x81:
                var arguments = Pop();
                stack.Add(Call(Pop(), arguments));
                break;
            case 0x92:
                Pop();                                                                  // keyword arguments: none of the known names needs one
                var positional = Pop();
                stack.Add(Call(Pop(), positional));
                break;
            case (byte)'b':
                Pop();                                                                  // attributes, such as a state dict's versions
                if (Top() is not (PickleDictionary or PickleInert or TorchTensor or List<object?>))
                    throw Damaged(where, "gives attributes to something that has none");
                break;
            case (byte)'P':
                stack.Add(Persistent(cursor.Line()));
                break;
            case (byte)'Q':
                stack.Add(Persistent(Pop()));
                break;
            case 0x82 or 0x83 or 0x84:
                throw new StageException($"{where}: uses an extension code of a pickle, which stands for a name that only the writer knows. {Advice}");
            case 0x97 or 0x98:
                throw new StageException($"{where}: is a pickle whose buffers lie elsewhere. {Advice}");
            default:
                return false;
        }

        return true;
    }

    private const string Advice = "Nothing of it was executed. Save the tensors alone (model.state_dict()), best as safetensors.";

    private PickleGlobal Global(string module, string name)
    {
        if (PickleGlobals.Find(module, name) is { } known)
            return known;
        var shown = Shown($"{module}.{name}");
        throw new StageException(module.StartsWith("__torch__", StringComparison.Ordinal)
            ? $"{where}: is a TorchScript program ({shown}), not a checkpoint. Save its state_dict() instead."
            : $"{where}: uses '{shown}', which no tensor needs and which is not on the list of allowed names. {Advice}");
    }

    private object? Call(object? callable, object? given)
    {
        if (callable is not PickleGlobal known)
            throw new StageException($"{where}: calls the result of another call. No checkpoint does that. {Advice}");
        if (given is not IReadOnlyList<object?> arguments)
            throw Damaged(where, $"calls {known.Name} without a list of arguments");
        switch (known.Kind)
        {
            case PickleGlobalKind.Tensor:
                return Tensor(known, arguments);
            case PickleGlobalKind.Parameter or PickleGlobalKind.TensorClass:
                return arguments is [TorchTensor inner, ..] ? inner : throw Damaged(where, $"calls {known.Name} with something that is no tensor");
            case PickleGlobalKind.FromType:
                return arguments is [PickleGlobal { Kind: PickleGlobalKind.Tensor } rebuild, PickleGlobal { Kind: PickleGlobalKind.TensorClass }, IReadOnlyList<object?> deeper, ..]
                    ? Tensor(rebuild, deeper)
                    : throw new StageException($"{where}: has a tensor of a class of its own. {Advice}");
            case PickleGlobalKind.Dictionary:
                var dictionary = new PickleDictionary();
                foreach (var pair in arguments is [IReadOnlyList<object?> pairs, ..] ? pairs : [])
                {
                    if (++copied > MaxCopies)
                        throw new StageException($"{where}: its pickle copies one list over and over. {Advice}");
                    if (pair is not IReadOnlyList<object?> { Count: 2 } two || !dictionary.Add(two[0], two[1]))
                        throw Damaged(where, "has a dict with an entry that is no pair or comes twice");
                }

                return dictionary;
            case PickleGlobalKind.Sequence:
                return arguments is [IReadOnlyList<object?> items] ? items : arguments.Count == 0 ? new List<object?>() : throw Damaged(where, $"calls {known.Name} with something that is no list");
            case PickleGlobalKind.Inert:
                return new PickleInert(known.Name);
            default:
                throw Damaged(where, $"calls {known.Name}, which cannot be called");
        }
    }

    private TorchTensor Tensor(PickleGlobal rebuild, IReadOnlyList<object?> arguments)
    {
        if (arguments.Count < 4 || arguments[0] is not TorchStorage storage)
            throw Damaged(where, $"calls {rebuild.Name} without a storage, an offset, sizes and strides");
        var type = rebuild.Name.EndsWith("_v3", StringComparison.Ordinal) ? (arguments.Count > 6 ? arguments[6] as PickleGlobal : null)?.Type : storage.Type;
        var (tensor, problem) = TorchTensor.Of(storage, type, arguments[1], arguments[2], arguments[3]);
        return tensor ?? throw Damaged(where, $"has a tensor that {problem}");
    }

    private object? Persistent(object? id) =>
        persistent?.Invoke(id) ?? throw Damaged(where, $"refers to something outside of its pickle that is no storage ({Shown(id as string ?? id?.GetType().Name ?? "None")})");

    private object? Long(ulong count)
    {
        if (count > MaxBigNumber)
            throw Damaged(where, $"has a number of {count} bytes");
        var bytes = cursor.Bytes(count);
        var number = new System.Numerics.BigInteger(bytes);
        return number >= long.MinValue && number <= long.MaxValue ? (long)number : number;
    }

    private object Text(string digits) =>
        digits.Length > MaxBigNumber ? throw Damaged(where, $"has a number of {digits.Length} digits")
        : long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : new PickleInert("int");

    private void Append(List<object?> items)
    {
        if (Top() is List<object?> list)
            list.AddRange(items);
        else if (Top() is not PickleInert)
            throw Damaged(where, "appends to something that is no list");
    }

    private void Fill(List<object?> entries)
    {
        if (entries.Count % 2 != 0)
            throw Damaged(where, "has a dict with a key without a value");
        if (Top() is PickleInert)
            return;
        var dictionary = Top() as PickleDictionary ?? throw Damaged(where, "sets an entry of something that is no dict");
        for (var i = 0; i < entries.Count; i += 2)
        {
            if (!dictionary.Add(entries[i], entries[i + 1]))
                throw new StageException($"{where}: gives '{Shown((string)entries[i]!)}' twice in one dict, which no writer of checkpoints does. Take one of the two out.");
        }
    }

    private void Remember(uint index) => memo[index] = Top();

    private object? Recall(uint index) => memo.TryGetValue(index, out var value) ? value : throw Damaged(where, $"recalls value {index}, which it never stored");

    private object? Top() => stack.Count > 0 && !ReferenceEquals(stack[^1], Mark) ? stack[^1] : throw Damaged(where, "takes more from the stack of its pickle than there is");

    private object? Pop()
    {
        var value = Top();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private List<object?> ToMark()
    {
        var at = stack.Count - 1;
        while (at >= 0 && !ReferenceEquals(stack[at], Mark))
            at--;
        if (at < 0)
            throw Damaged(where, "closes a list in its pickle that was never opened");
        var items = stack.GetRange(at + 1, stack.Count - at - 1);
        stack.RemoveRange(at, stack.Count - at);
        return items;
    }

    // what comes from a file may hold anything that a terminal acts on
    private static string Shown(string name) =>
        new([.. (name.Length > 200 ? name[..200] + "…" : name).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
