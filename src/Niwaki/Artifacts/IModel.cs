namespace Niwaki;

/// <summary>An artifact that turns pictures into labels: a network or an ONNX graph, with its preprocessing and its classes.</summary>
public interface IModel
{
    /// <summary>File name of the <see cref="Preprocess"/> contract.</summary>
    const string PreprocessFile = "preprocess.json";

    /// <summary>File name of the list of <see cref="ClassInfo"/>.</summary>
    const string ClassesFile = "classes.json";

    /// <summary>Where the files are.</summary>
    string Folder { get; }
}
