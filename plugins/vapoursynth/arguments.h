/* Made from vs_tcvc/settings.py by `python scripts/vapoursynth_arguments.py`. */

#define TCVC_COLORIZE_ARGUMENTS \
    "clip:vnode;" \
    "ref:vnode:opt;" \
    "ref_frames:int[]:opt:empty;" \
    "ref_files:data[]:opt:empty;" \
    "cuts:int[]:opt:empty;" \
    "cuts_file:data:opt;" \
    "project:data:opt;" \
    "cut_threshold:float:opt;" \
    "use_props:int:opt;" \
    "model:data:opt;" \
    "weights:data:opt;" \
    "reference_model:data:opt;" \
    "trust_model:int:opt;" \
    "device:data:opt;" \
    "backend:data:opt;" \
    "precision:data:opt;" \
    "threads:int:opt;" \
    "size:int:opt;" \
    "matrix:data:opt;" \
    "range:data:opt;" \
    "chroma:data:opt;" \
    "look:data:opt;" \
    "own_color:data:opt;" \
    "saturation:float:opt;" \
    "confidence:int:opt;"
