namespace Niwaki.Vision;

/// <summary>Fields, woods, a road, a few farms.</summary>
internal sealed class Countryside : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with
    {
        Parcels = random.Chance(0.7f),
        Forest = random.Chance(0.6f) ? random.Range(0.1f, 0.45f) : 0,
        Snow = random.Chance(0.15f) ? random.Range(0.5f, 1) : 0,
    };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.5f))
            Waters.River(scene);
        else if (random.Chance(0.4f))
            Waters.Lake(scene);
        RoadNet.Country(scene, random.Int(1, 2), 0.3f);
        Distractors.Draw(scene, Count(scene, 7));
        Houses.Scattered(scene, random.Int(0, 6), random.Chance(0.15f) ? 0.3f : 0);
        Trees.Draw(scene, Count(scene, 18));
        Vehicles.OnRoads(scene, random.Range(0.5f, 2.5f));
        People.Draw(scene, random.Int(0, 3));
    }
}
