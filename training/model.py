"""weft-mini's two towers in plain PyTorch, with CLIP's tensor names.

Same computation as transformers' CLIPModel, apart from two things that make
training cheaper on a CPU: the image tower can look at some of the patches only,
and the MLPs use SiLU. quick_gelu(x) = silu(1.702 x) / 1.702, so that
export_state turns the trained weights into a CLIP with "quick_gelu" exactly.

Shapes: n images or texts, p patches kept, t tokens, d width.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

QUICK_GELU = 1.702


@dataclass
class Shape:
    """Everything that config.json needs to know."""

    image_size: int = 80
    patch_size: int = 10
    vision_width: int = 256
    vision_layers: int = 6
    text_width: int = 256
    text_layers: int = 3
    heads: int = 4
    projection: int = 512
    vocab_size: int = 12288
    context: int = 77


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(width, width))

    def forward(self, x, causal):
        n, t, d = x.shape
        weight = torch.cat([self.q_proj.weight, self.k_proj.weight, self.v_proj.weight])
        bias = torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias])
        q, k, v = F.linear(x, weight, bias).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out_proj(mixed.transpose(1, 2).reshape(n, t, d))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.silu(self.fc1(x)))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.layer_norm1 = nn.LayerNorm(width)
        self.mlp = Mlp(width)
        self.layer_norm2 = nn.LayerNorm(width)

    def forward(self, x, causal=False):
        x = x + self.self_attn(self.layer_norm1(x), causal)
        return x + self.mlp(self.layer_norm2(x))


def tower(**parts):
    """An nn.Module that only holds named parts (for CLIP's nested names)."""
    module = nn.Module()
    for name, part in parts.items():
        setattr(module, name, part)
    return module


def encoder(width, layers, heads):
    return tower(layers=nn.ModuleList(Layer(width, heads) for _ in range(layers)))


class Clip(nn.Module):
    def __init__(self, shape=Shape()):
        super().__init__()
        self.shape = shape
        dv, dt, p = shape.vision_width, shape.text_width, shape.patch_size
        self.grid = shape.image_size // p
        patch = nn.Conv2d(3, dv, p, p, bias=False)
        self.vision_model = tower(
            embeddings=tower(class_embedding=nn.Parameter(0.02 * torch.randn(dv)), patch_embedding=patch,
                             position_embedding=nn.Embedding(self.grid ** 2 + 1, dv)),
            pre_layrnorm=nn.LayerNorm(dv), encoder=encoder(dv, shape.vision_layers, shape.heads),
            post_layernorm=nn.LayerNorm(dv))
        self.text_model = tower(
            embeddings=tower(token_embedding=nn.Embedding(shape.vocab_size, dt),
                             position_embedding=nn.Embedding(shape.context, dt)),
            encoder=encoder(dt, shape.text_layers, shape.heads), final_layer_norm=nn.LayerNorm(dt))
        self.visual_projection = nn.Linear(dv, shape.projection, bias=False)
        self.text_projection = nn.Linear(dt, shape.projection, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self._initialise()

    def _initialise(self):
        """Small weights; sine positions on the patch grid; attention that starts local.

        W_q W_k^T near the identity makes a patch look at its like (Trockman and
        Kolter, "Mimetic initialization"), which a small data set cannot teach.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
        with torch.no_grad():
            vision, d = self.vision_model, self.shape.vision_width
            rows, columns = torch.meshgrid(*2 * [torch.arange(self.grid)], indexing="ij")
            rates = 10.0 ** -torch.linspace(0, 2, d // 4)
            angles = [axis.reshape(-1, 1) * rates for axis in (rows, columns)]
            waves = torch.cat([f(a) for a in angles for f in (torch.sin, torch.cos)], 1)
            vision.embeddings.position_embedding.weight[1:] = 0.3 * waves
            nn.init.normal_(vision.embeddings.patch_embedding.weight, std=(3 * self.shape.patch_size ** 2) ** -0.5)
            for layer in vision.encoder.layers:
                heads, size = self.shape.heads, d // self.shape.heads
                for h in range(heads):
                    u = torch.randn(size, d) / d ** 0.5
                    part = slice(h * size, (h + 1) * size)
                    layer.self_attn.q_proj.weight[part] += 0.6 * u
                    layer.self_attn.k_proj.weight[part] += 0.6 * u

    def patches(self, images):
        """float [n, 3, S, S] -> [n, g*g, 3*p*p], in the order of the convolution's weights."""
        n, p, g = len(images), self.shape.patch_size, self.grid
        return images.view(n, 3, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(n, g * g, 3 * p * p)

    def vision_tokens(self, patches, keep=None):
        """Patches [n, g*g, 3pp], of which KEEP [n, p] (ids) are looked at -> tokens [n, 1 + p, d]."""
        e = self.vision_model.embeddings
        positions = e.position_embedding.weight[1:].expand(len(patches), -1, -1)
        if keep is not None:
            patches = patches.gather(1, keep.unsqueeze(2).expand(-1, -1, patches.shape[2]))
            positions = e.position_embedding.weight[1:][keep]
        x = F.linear(patches, e.patch_embedding.weight.flatten(1)) + positions
        first = (e.class_embedding + e.position_embedding.weight[0]).expand(len(x), 1, -1)
        return self.vision_model.pre_layrnorm(torch.cat([first, x], 1))

    def image_features(self, images, keep=None, tap=None):
        """float [n, 3, S, S] -> [n, projection]; with TAP also layer TAP's patch tokens [n, p, d]."""
        x = self.vision_tokens(self.patches(images), keep)
        tapped = None
        for number, layer in enumerate(self.vision_model.encoder.layers, 1):
            x = layer(x)
            if number == tap:
                tapped = x[:, 1:]
        features = self.visual_projection(self.vision_model.post_layernorm(x[:, 0]))
        return features if tap is None else (features, tapped)

    def text_features(self, ids, lengths):
        """Token ids [n, t], anything after each text's end token (at lengths - 1) -> [n, projection]."""
        e = self.text_model.embeddings
        x = e.token_embedding(ids) + e.position_embedding.weight[:ids.shape[1]]
        for layer in self.text_model.encoder.layers:
            x = layer(x, causal=True)
        last = x[torch.arange(len(x)), lengths - 1]
        return self.text_projection(self.text_model.final_layer_norm(last))


def export_state(model):
    """The state as CLIP has it: SiLU folded into quick_gelu, in float16."""
    state = {name: value.detach().clone().float() for name, value in model.state_dict().items()}
    for name, value in state.items():
        if ".mlp.fc1." in name:
            value /= QUICK_GELU
        elif name.endswith(".mlp.fc2.weight"):
            value *= QUICK_GELU
    return {name: value.half().contiguous() for name, value in state.items()}


def import_state(state):
    """What export_state made, back as the state of a Clip; exporting it again gives the same bits."""
    result = {}
    for name, value in state.items():
        value = value.float()
        if ".mlp.fc1." in name:
            value = value * QUICK_GELU
        elif name.endswith(".mlp.fc2.weight"):
            value = value / QUICK_GELU
        result[name] = value
    return result


def clip_config(shape):
    """config.json as a dict. The end token is the highest id, as in OpenAI's CLIP."""
    end = shape.vocab_size - 1
    tokens = {"bos_token_id": end - 1, "eos_token_id": end, "pad_token_id": end}
    common = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "attention_dropout": 0.0,
              "projection_dim": shape.projection, "num_attention_heads": shape.heads}
    return {
        "architectures": ["CLIPModel"], "model_type": "clip", "torch_dtype": "float16",
        "projection_dim": shape.projection, "logit_scale_init_value": 2.6592, **tokens,
        "text_config": {"model_type": "clip_text_model", **common, **tokens, "vocab_size": shape.vocab_size,
                        "hidden_size": shape.text_width, "intermediate_size": 4 * shape.text_width,
                        "num_hidden_layers": shape.text_layers, "max_position_embeddings": shape.context},
        "vision_config": {"model_type": "clip_vision_model", **common, "num_channels": 3,
                          "hidden_size": shape.vision_width, "intermediate_size": 4 * shape.vision_width,
                          "num_hidden_layers": shape.vision_layers, "image_size": shape.image_size,
                          "patch_size": shape.patch_size},
    }


def shape_dict(shape):
    return asdict(shape)
