/* core.tcvc: lets vs_tcvc.vapoursynth.filter speak VapourSynth's API 4.
 *
 * All decisions are made in Python; here frames are requested, planes are shown as memoryviews and results are handed
 * on. Python is looked up in the running process on first use, so that the library needs neither Python's headers nor
 * one build for each version, and loads in programs that have no Python.
 */

#define VS_USE_API_42 /* the first with _Range */
#include "VapourSynth4.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#ifndef TCVC_SOURCE_HASH
#define TCVC_SOURCE_HASH "unknown"
#endif

#define NAME "tcvc.Colorize: "
#define MESSAGE_SIZE 2048
#define PLANES 3

/* Python's stable interface: those of its functions that are used. */

typedef struct PyObject PyObject;
typedef intptr_t PySize; /* Py_ssize_t */

#define PYTHON_FUNCTIONS(F)                                                                                            \
    F(int, Py_IsInitialized, (void))                                                                                   \
    F(int, PyGILState_Ensure, (void))                                                                                  \
    F(void, PyGILState_Release, (int))                                                                                 \
    F(PyObject *, PyImport_ImportModule, (const char *))                                                               \
    F(PyObject *, PyObject_CallMethod, (PyObject *, const char *, const char *, ...))                                  \
    F(PyObject *, PyObject_GetAttrString, (PyObject *, const char *))                                                  \
    F(PyObject *, PyObject_Str, (PyObject *))                                                                          \
    F(PyObject *, Py_BuildValue, (const char *, ...))                                                                  \
    F(int, PyArg_ParseTuple, (PyObject *, const char *, ...))                                                          \
    F(PyObject *, PyMemoryView_FromMemory, (char *, PySize, int))                                                      \
    F(PyObject *, PyList_New, (PySize))                                                                                \
    F(int, PyList_Append, (PyObject *, PyObject *))                                                                    \
    F(PySize, PyList_Size, (PyObject *))                                                                               \
    F(PyObject *, PyList_GetItem, (PyObject *, PySize))                                                                \
    F(PyObject *, PyDict_New, (void))                                                                                  \
    F(int, PyDict_SetItemString, (PyObject *, const char *, PyObject *))                                               \
    F(long, PyLong_AsLong, (PyObject *))                                                                               \
    F(PyObject *, PyUnicode_DecodeFSDefaultAndSize, (const char *, PySize))                                            \
    F(PyObject *, PyUnicode_AsUTF8String, (PyObject *))                                                                \
    F(char *, PyBytes_AsString, (PyObject *))                                                                          \
    F(PyObject *, PyErr_Occurred, (void))                                                                              \
    F(void, PyErr_Fetch, (PyObject **, PyObject **, PyObject **))                                                      \
    F(void, PyErr_Clear, (void))                                                                                       \
    F(void, Py_DecRef, (PyObject *))

#define DECLARE(result, name, arguments) static result(*name) arguments;
PYTHON_FUNCTIONS(DECLARE)
static int (*py_is_finalizing)(void);

enum { VIEW_READS = 0x100, VIEW_WRITES = 0x200 };

static void *find_function(const char *name) {
#ifdef _WIN32
    HMODULE python = GetModuleHandleA("python3.dll");
    return python ? (void *)GetProcAddress(python, name) : NULL;
#else
    return dlsym(RTLD_DEFAULT, name);
#endif
}

/* Finds Python; the name of a function that is missing, NULL if all are there. Running it twice does no harm, and
 * every frame is asked for after a filter was made, so none finds half of them. */
static const char *find_python(void) {
    static int is_found;
    if (is_found)
        return NULL;
#define FIND(result, name, arguments)                                                                                  \
    if (!(name = (result(*) arguments)find_function(#name)))                                                           \
        return #name;
    PYTHON_FUNCTIONS(FIND)
    py_is_finalizing = (int (*)(void))find_function("Py_IsFinalizing");
    if (!py_is_finalizing)
        py_is_finalizing = (int (*)(void))find_function("_Py_IsFinalizing"); /* up to 3.12 */
    is_found = 1;
    return NULL;
}

/* Whether Python can be used now; if so it is held, until PyGILState_Release(*held). */
static int enter(int *held, char *message) {
    const char *missing = find_python();
    if (missing || !Py_IsInitialized()) {
        snprintf(message, MESSAGE_SIZE,
                 NAME "this application has no running Python interpreter (%s); load the script through vspipe, "
                      "VSScript or Python",
                 missing ? missing : "not initialised");
        return 0;
    }
    if (py_is_finalizing && py_is_finalizing()) {
        snprintf(message, MESSAGE_SIZE, NAME "Python is shutting down");
        return 0;
    }
    *held = PyGILState_Ensure();
    return 1;
}

static void drop(PyObject *object) {
    if (object)
        Py_DecRef(object);
}

/* Takes the exception that was raised, as text. */
static void take_exception(char *message) {
    PyObject *kind = NULL, *error = NULL, *trace = NULL;
    PyErr_Fetch(&kind, &error, &trace);
    PyObject *text = error ? PyObject_Str(error) : NULL;
    PyObject *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    snprintf(message, MESSAGE_SIZE, NAME "%s", bytes ? PyBytes_AsString(bytes) : "an error without a message");
    PyErr_Clear();
    drop(bytes);
    drop(text);
    drop(kind);
    drop(error);
    drop(trace);
}

/* What is to be said in the core's log, NULL for nothing. */
static char *take_messages(PyObject *filter) {
    PyObject *text = filter ? PyObject_CallMethod(filter, "take_messages", NULL) : NULL;
    PyObject *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    const char *found = bytes ? PyBytes_AsString(bytes) : NULL;
    char *messages = found && *found ? malloc(strlen(found) + 1) : NULL;
    if (messages)
        strcpy(messages, found);
    PyErr_Clear();
    drop(bytes);
    drop(text);
    return messages;
}

/* Logs and frees messages. Python must not be held: a handler of the log may wait for it. */
static void log_messages(char *messages, VSCore *core, const VSAPI *vsapi) {
    if (messages)
        vsapi->logMessage(mtWarning, messages, core);
    free(messages);
}

static void set_item(PyObject *dictionary, const char *key, PyObject *value) {
    if (value)
        PyDict_SetItemString(dictionary, key, value);
    drop(value);
}

static void append(PyObject *list, PyObject *value) {
    if (value)
        PyList_Append(list, value);
    drop(value);
}

/* One use of the filter. */

typedef struct Filter {
    VSNode *clip;
    PyObject *python; /* vs_tcvc.vapoursynth.filter.Filter */
    VSVideoInfo output;
    int shares_luma;  /* plane 0 of the output is the source's own */
    int source_planes; /* that Python reads */
} Filter;

/* One frame that is wanted. */
typedef struct Request {
    PyObject *python;
    int *frames; /* asked of the clip last; the wanted one is asked for once, at first */
    int count;
} Request;

static void free_filter(Filter *filter, const VSAPI *vsapi) {
    char message[MESSAGE_SIZE];
    int held;
    if (filter->python && enter(&held, message)) {
        Py_DecRef(filter->python);
        PyGILState_Release(held);
    }
    vsapi->freeNode(filter->clip);
    free(filter);
}

static void VS_CC filter_free(void *instance, VSCore *core, const VSAPI *vsapi) {
    (void)core;
    free_filter(instance, vsapi);
}

/* Frames as Python sees them. */

static long property(const VSFrame *frame, const char *key, const VSAPI *vsapi) {
    int error = 0;
    int value = vsapi->mapGetIntSaturated(vsapi->getFramePropertiesRO(frame), key, 0, &error);
    return error ? -1 : value;
}

/* [(memoryview, bytes of a line), ...] of the planes from `first` on; without those that cannot be read here, which are
 * on a GPU. `writable` is the frame itself if it is new, else NULL. */
static PyObject *views_of(const VSFrame *frame, VSFrame *writable, int first, int stop, const VSAPI *vsapi) {
    PyObject *views = PyList_New(0);
    for (int index = first; index < stop; index++) {
        ptrdiff_t stride = vsapi->getStride(frame, index);
        char *plane = (char *)(writable ? vsapi->getWritePtr(writable, index) : vsapi->getReadPtr(frame, index));
        PyObject *memory = plane ? PyMemoryView_FromMemory(plane, stride * vsapi->getFrameHeight(frame, index),
                                                           writable ? VIEW_WRITES : VIEW_READS)
                                 : NULL;
        if (memory)
            append(views, Py_BuildValue("(Nn)", memory, (PySize)stride));
    }
    return views;
}

/* (n, [(memoryview, stride), ...], (_Matrix, _Range, _ChromaLocation, _FieldBased, _SceneChangePrev,
 * TCVCUseAsReference, _Primaries, _Transfer, _SARNum, _SARDen)), where -1 stands for a property that is not set. */
static PyObject *source(int n, const VSFrame *frame, int planes, const VSAPI *vsapi) {
    return Py_BuildValue("(iN(llllllllll))", n, views_of(frame, NULL, 0, planes, vsapi), property(frame, "_Matrix", vsapi),
                         property(frame, "_Range", vsapi), property(frame, "_ChromaLocation", vsapi),
                         property(frame, "_FieldBased", vsapi), property(frame, "_SceneChangePrev", vsapi), property(frame, "TCVCUseAsReference", vsapi), property(frame, "_Primaries", vsapi),
                         property(frame, "_Transfer", vsapi), property(frame, "_SARNum", vsapi), property(frame, "_SARDen", vsapi));
}

/* Whether Python has let go of all views. */
static int release(PyObject *views) {
    int all = 1;
    for (PySize index = 0; index < PyList_Size(views); index++) {
        PyObject *memory, *done = NULL;
        PySize stride;
        if (PyArg_ParseTuple(PyList_GetItem(views, index), "On", &memory, &stride))
            done = PyObject_CallMethod(memory, "release", NULL);
        all = all && done;
        drop(done);
        if (!done)
            PyErr_Clear();
    }
    return all;
}

/* Takes the views of a frame back from Python, whatever happened, for its memory is about to go. If one is still in
 * use, which is a fault in Python, the memory stays for ever instead; 0, with a message if there is none yet. */
static int take_back(PyObject *views, const VSFrame *frame, char *message, const VSAPI *vsapi) {
    if (!views || release(views))
        return 1;
    vsapi->addFrameRef(frame);
    if (!*message)
        snprintf(message, MESSAGE_SIZE, NAME "a frame is still in use after the call that it was for");
    return 0;
}

static int take_source_back(PyObject *seen, const VSFrame *frame, char *message, const VSAPI *vsapi) {
    int n;
    PyObject *views = NULL, *properties;
    if (!seen || !PyArg_ParseTuple(seen, "iOO", &n, &views, &properties))
        PyErr_Clear();
    return take_back(views, frame, message, vsapi);
}

/* Getting a frame. */

static void request_frames(const Request *request, VSNode *clip, VSFrameContext *context, const VSAPI *vsapi) {
    for (int index = 0; index < request->count; index++)
        vsapi->requestFrameFilter(request->frames[index], clip, context);
}

/* The frames of a list as those to ask for next; 0 with an exception if that fails. */
static int take_frames(Request *request, PyObject *list) {
    int count = (int)PyList_Size(list);
    int *frames = realloc(request->frames, (count ? count : 1) * sizeof(int));
    if (!frames)
        return 0;
    request->frames = frames;
    request->count = count;
    for (int index = 0; index < count; index++)
        frames[index] = (int)PyLong_AsLong(PyList_GetItem(list, index));
    return !PyErr_Occurred();
}

static void free_request(Request *request) {
    drop(request->python);
    free(request->frames);
    free(request);
}

/* A request for frame n; NULL with an exception if there can be none. */
static Request *begin(const Filter *filter, int n) {
    Request *request = calloc(1, sizeof(Request));
    PyObject *answer = request ? PyObject_CallMethod(filter->python, "begin", "(i)", n) : NULL;
    PyObject *python, *frames;
    if (answer && PyArg_ParseTuple(answer, "OO", &python, &frames) && take_frames(request, frames))
        request->python = Py_BuildValue("O", python);
    drop(answer);
    if (request && !request->python) {
        free_request(request);
        return NULL;
    }
    return request;
}

/* Shows Python the frames that were asked for: 1 if the colour is ready, 0 if `request` now names more frames to ask
 * for, -1 with a message. */
static int give(const Filter *filter, Request *request, int n, char *message, VSFrameContext *context,
                const VSAPI *vsapi) {
    PyObject *sources = PyList_New(0);
    int shown = request->count;
    for (int index = 0; index < shown; index++) {
        const VSFrame *frame = vsapi->getFrameFilter(request->frames[index], filter->clip, context);
        append(sources, source(request->frames[index], frame, filter->source_planes, vsapi));
        vsapi->freeFrame(frame); /* the context has it, too */
    }
    PyObject *more = PyObject_CallMethod(filter->python, "give", "(OO)", request->python, sources);
    if (!more)
        take_exception(message);
    for (int index = 0; index < shown; index++) {
        const VSFrame *frame = vsapi->getFrameFilter(request->frames[index], filter->clip, context);
        take_source_back(PyList_GetItem(sources, index), frame, message, vsapi);
        vsapi->freeFrame(frame);
        if (request->frames[index] != n)
            vsapi->releaseFrameEarly(filter->clip, request->frames[index], context);
    }
    if (!*message && !take_frames(request, more))
        take_exception(message);
    drop(more);
    drop(sources);
    return *message ? -1 : request->count == 0;
}

/* Sets properties from [(key, whole number, text or number), ...]; None takes one away. */
static int set_properties(VSFrame *frame, PyObject *values, const VSAPI *vsapi) {
    VSMap *map = vsapi->getFramePropertiesRW(frame);
    for (PySize index = 0; index < PyList_Size(values); index++) {
        PyObject *item = PyList_GetItem(values, index), *none;
        const char *key, *text;
        long long integer;
        double real;
        if (PyArg_ParseTuple(item, "sL", &key, &integer))
            vsapi->mapSetInt(map, key, integer, maReplace);
        else if (PyErr_Clear(), PyArg_ParseTuple(item, "ss", &key, &text))
            vsapi->mapSetData(map, key, text, -1, dtUtf8, maReplace);
        else if (PyErr_Clear(), PyArg_ParseTuple(item, "sd", &key, &real))
            vsapi->mapSetFloat(map, key, real, maReplace);
        else if (PyErr_Clear(), PyArg_ParseTuple(item, "sO", &key, &none))
            vsapi->mapDeleteKey(map, key);
        else
            return 0;
    }
    return 1;
}

/* The coloured frame, with the source's luma plane and properties; NULL with a message. */
static const VSFrame *finish(const Filter *filter, const Request *request, int n, char *message,
                             VSFrameContext *context, VSCore *core, const VSAPI *vsapi) {
    const VSFrame *frame = vsapi->getFrameFilter(n, filter->clip, context);
    const VSFrame *shared[PLANES] = {filter->shares_luma ? frame : NULL, NULL, NULL};
    const int planes[PLANES] = {0, 0, 0};
    const VSVideoInfo *output = &filter->output;
    VSFrame *coloured =
        vsapi->newVideoFrame2(&output->format, output->width, output->height, shared, planes, frame, core);
    PyObject *seen = source(n, frame, filter->source_planes, vsapi);
    PyObject *views = views_of(coloured, coloured, filter->shares_luma, output->format.numPlanes, vsapi);
    PyObject *values = PyObject_CallMethod(filter->python, "finish", "(OOO)", request->python, seen, views);
    if (!values || !set_properties(coloured, values, vsapi))
        take_exception(message);
    take_source_back(seen, frame, message, vsapi);
    take_back(views, coloured, message, vsapi);
    drop(values);
    drop(views);
    drop(seen);
    vsapi->freeFrame(frame);
    if (*message) {
        vsapi->freeFrame(coloured);
        return NULL;
    }
    return coloured;
}

static const VSFrame *VS_CC get_frame(int n, int reason, void *instance, void **data, VSFrameContext *context,
                                      VSCore *core, const VSAPI *vsapi) {
    const Filter *filter = instance;
    Request *request = *data;
    const VSFrame *coloured = NULL;
    char message[MESSAGE_SIZE] = "";
    int held;
    if (!enter(&held, message)) {
        if (reason != arError)
            vsapi->setFilterError(message, context);
        return NULL;
    }
    if (reason == arInitial) {
        *data = request = begin(filter, n);
        if (!request)
            take_exception(message);
    } else if (reason == arAllFramesReady && give(filter, request, n, message, context, vsapi) > 0) {
        coloured = finish(filter, request, n, message, context, core, vsapi);
    }
    if (request && (*message || coloured || reason == arError)) {
        drop(PyObject_CallMethod(filter->python, "drop", "(O)", request->python));
        PyErr_Clear();
        free_request(request);
        *data = request = NULL;
    }
    char *messages = take_messages(filter->python);
    PyGILState_Release(held);
    log_messages(messages, core, vsapi);
    if (*message)
        vsapi->setFilterError(message, context);
    if (request && reason == arInitial)
        vsapi->requestFrameFilter(n, filter->clip, context);
    if (request)
        request_frames(request, filter->clip, context, vsapi);
    return coloured;
}

/* Making a filter. */

/* The values of one argument, always as a list: whole numbers, numbers or text. Clips are left out. */
static PyObject *values_of(const VSMap *in, const char *key, const VSAPI *vsapi) {
    int count = vsapi->mapNumElements(in, key), type = vsapi->mapGetType(in, key);
    PyObject *values = type == ptVideoNode ? NULL : PyList_New(0);
    for (int index = 0; values && index < count; index++) {
        if (type == ptInt)
            append(values, Py_BuildValue("L", (long long)vsapi->mapGetInt(in, key, index, NULL)));
        else if (type == ptFloat)
            append(values, Py_BuildValue("d", vsapi->mapGetFloat(in, key, index, NULL)));
        else
            append(values, PyUnicode_DecodeFSDefaultAndSize(vsapi->mapGetData(in, key, index, NULL),
                                                            vsapi->mapGetDataSize(in, key, index, NULL)));
    }
    return values;
}

static PyObject *arguments(const VSMap *in, const VSAPI *vsapi) {
    PyObject *all = PyDict_New();
    for (int index = 0; index < vsapi->mapNumKeys(in); index++)
        set_item(all, vsapi->mapGetKey(in, index), values_of(in, vsapi->mapGetKey(in, index), vsapi));
    return all;
}

/* (family, sample type, bits, log2 subsampling across, down, width, height, frames); None without a clip. */
static PyObject *format_of(const VSVideoInfo *info) {
    if (!info)
        return Py_BuildValue("");
    const VSVideoFormat *format = &info->format;
    return Py_BuildValue("(iiiiiiii)", format->colorFamily, format->sampleType, format->bitsPerSample,
                         format->subSamplingW, format->subSamplingH, info->width, info->height, info->numFrames);
}

/* Shows Python's method `method` frames of a clip, those that its attribute `wanted` names, fetched one after the
 * other. Python is held at the call and afterwards, but not while a frame is fetched, for that may need Python. 0 if one
 * fails, with a message; `name` is the clip's argument. */
static int show_frames(Filter *filter, VSNode *clip, const char *name, const char *wanted, const char *method,
                       int *held, char *message, const VSAPI *vsapi) {
    Request request = {0};
    PyObject *list = PyObject_GetAttrString(filter->python, wanted);
    if (!list || !take_frames(&request, list))
        take_exception(message);
    drop(list);
    for (int index = 0; !*message && index < request.count; index++) {
        char error[MESSAGE_SIZE / 2] = "";
        PyGILState_Release(*held);
        const VSFrame *frame = vsapi->getFrame(request.frames[index], clip, error, sizeof error);
        *held = PyGILState_Ensure();
        if (!frame) {
            snprintf(message, MESSAGE_SIZE, NAME "%s: frame %d could not be had: %s", name, request.frames[index],
                     error);
            break;
        }
        PyObject *seen = source(request.frames[index], frame, vsapi->getVideoFrameFormat(frame)->numPlanes, vsapi);
        PyObject *done = PyObject_CallMethod(filter->python, method, "(O)", seen);
        if (!done)
            take_exception(message);
        take_source_back(seen, frame, message, vsapi);
        drop(done);
        drop(seen);
        vsapi->freeFrame(frame);
    }
    free(request.frames);
    return !*message;
}

/* What comes out, as Python says: 0 with an exception if it does not. */
static int describe_output(Filter *filter, VSCore *core, const VSAPI *vsapi) {
    int family, sample, bits, across, down;
    PyObject *answer = PyObject_GetAttrString(filter->python, "output");
    int is_well = answer && PyArg_ParseTuple(answer, "iiiiiii", &family, &sample, &bits, &across, &down,
                                             &filter->shares_luma, &filter->source_planes);
    drop(answer);
    return is_well &&
           vsapi->queryVideoFormat(&filter->output.format, family, sample, bits, across, down, core);
}

/* The Python side of the filter; 0 with a message if it refuses. */
static int make_python(Filter *filter, VSNode *ref, const VSMap *in, VSCore *core, char *message, const VSAPI *vsapi) {
    int held;
    if (!enter(&held, message))
        return 0;
    PyObject *module = PyImport_ImportModule("vs_tcvc.vapoursynth.filter");
    if (module)
        filter->python = PyObject_CallMethod(module, "Filter", "(NNN)", format_of(&filter->output),
                                             format_of(ref ? vsapi->getVideoInfo(ref) : NULL), arguments(in, vsapi));
    drop(module);
    if (!filter->python || !describe_output(filter, core, vsapi))
        take_exception(message);
    int is_well = !*message &&
                  show_frames(filter, filter->clip, "clip", "tag_frames", "read_tags", &held, message, vsapi) &&
                  (!ref || show_frames(filter, ref, "ref", "reference_frames", "add_reference", &held, message, vsapi));
    if (is_well) {
        PyObject *opened = PyObject_CallMethod(filter->python, "open", NULL);
        if (!opened)
            take_exception(message);
        drop(opened);
    }
    char *messages = take_messages(filter->python);
    PyGILState_Release(held);
    log_messages(messages, core, vsapi);
    return !*message;
}

static void VS_CC colorize(const VSMap *in, VSMap *out, void *data, VSCore *core, const VSAPI *vsapi) {
    (void)data;
    char message[MESSAGE_SIZE] = "";
    int absent = 0;
    Filter *filter = calloc(1, sizeof(Filter));
    if (!filter) {
        vsapi->mapSetError(out, NAME "out of memory");
        return;
    }
    filter->clip = vsapi->mapGetNode(in, "clip", 0, NULL);
    filter->output = *vsapi->getVideoInfo(filter->clip);
    VSNode *ref = vsapi->mapGetNode(in, "ref", 0, &absent);
    if (make_python(filter, ref, in, core, message, vsapi)) {
        VSFilterDependency dependency = {filter->clip, rpGeneral};
        vsapi->createVideoFilter(out, "Colorize", &filter->output, get_frame, filter_free, fmParallel,
                                 &dependency, 1, filter, core);
    } else {
        vsapi->mapSetError(out, message);
        free_filter(filter, vsapi);
    }
    vsapi->freeNode(ref);
}

static void VS_CC help(const VSMap *in, VSMap *out, void *data, VSCore *core, const VSAPI *vsapi) {
    (void)in, (void)data, (void)core;
    char message[MESSAGE_SIZE];
    int held;
    if (!enter(&held, message)) {
        vsapi->mapSetError(out, message);
        return;
    }
    PyObject *module = PyImport_ImportModule("vs_tcvc.vapoursynth.arguments");
    PyObject *text = module ? PyObject_CallMethod(module, "help_text", NULL) : NULL;
    PyObject *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    if (bytes) {
        vsapi->mapSetData(out, "text", PyBytes_AsString(bytes), -1, dtUtf8, maReplace);
    } else {
        take_exception(message);
        vsapi->mapSetError(out, message);
    }
    drop(bytes);
    drop(text);
    drop(module);
    PyGILState_Release(held);
}

static void VS_CC version(const VSMap *in, VSMap *out, void *data, VSCore *core, const VSAPI *vsapi) {
    (void)in, (void)data, (void)core;
    vsapi->mapSetData(out, "source", TCVC_SOURCE_HASH, -1, dtUtf8, maReplace);
}

VS_EXTERNAL_API(void) VapourSynthPluginInit2(VSPlugin *plugin, const VSPLUGINAPI *api) {
    api->configPlugin("org.vs-tcvc.tcvc", "tcvc", "Colour for black-and-white film", VS_MAKE_VERSION(1, 0),
                      VAPOURSYNTH_API_VERSION, 0, plugin);
    api->registerFunction("Colorize", TCVC_COLORIZE_ARGUMENTS, "clip:vnode;", colorize, NULL, plugin);
    api->registerFunction("Help", "", "text:data;", help, NULL, plugin);
    api->registerFunction("Version", "", "source:data;", version, NULL, plugin);
}
